import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, openConnection } from '../../../../connect/opcua/client/index.ts'
import type { Acquisition, Finished } from '../../../../connect/opcua/handshake/index.ts'
import { LEVELS } from '../../../../connect/opcua/handshake/index.ts'
import { factsOf, openPki } from '../../../../connect/opcua/pki/index.ts'
import { openPlcLink, type PlcLink, type PlcLinkOptions } from '../../../../connect/opcua/result/index.ts'
import { openStore, type ResultLog, type Store } from '../../../../connect/store/index.ts'
import { type PlcServer, type PlcServerOptions, startPlcServer } from '../../../support/plc-server.ts'
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts'

/** A PLC, a box that is connected to it through a network which can be taken away, and its flow. */
export interface Box {
  readonly plc: PlcServer
  readonly network: TcpProxy
  readonly connection: Connection
  readonly link: PlcLink
  readonly log: ResultLog
  readonly acquired: readonly Acquisition[]
  readonly notices: readonly string[]
  /** Waits for the acquisition of this number to be asked for. */
  asked(acquisitionId: number): Promise<Acquisition>
  /** Answers everything at once from now on. */
  answerAll(answer: (acquisition: Acquisition) => Finished): void
  stopPlc(): Promise<void>
  startPlc(changes?: PlcServerOptions): Promise<void>
  /** Ends the process as far as the handshake is concerned, without a goodbye, and begins anew over the same disk. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface BoxOptions extends Partial<Omit<PlcLinkOptions, 'log' | 'acquire' | 'notice'>> {
  readonly plc?: PlcServerOptions
  /** Folder of certificates and keys, which take seconds to make. */
  readonly keys: string
}

/** Keys for all boxes and PLCs of one file of tests. */
export const makeKeys = (): Promise<string> => mkdtemp(join(tmpdir(), 'box-keys-'))

export const openBox = async ({ plc: plcOptions = {}, keys, ...changes }: BoxOptions): Promise<Box> => {
  const folder = await mkdtemp(join(tmpdir(), 'box-'))
  const pkiFolder = join(keys, 'client')
  const startPlc = (more: PlcServerOptions) =>
    startPlcServer({ ...plcOptions, ...more, pkiFolder: join(keys, 'server') })
  let plc = await startPlc({})
  const network = await startTcpProxy(plc.server.port)
  const pki = await openPki(pkiFolder)
  await pki.isTrusted(plc.server.certificate)
  await pki.trust(factsOf(plc.server.certificate).thumbprint)

  const acquired: Acquisition[] = []
  const notices: string[] = []
  let onAcquire = (_acquisition: Acquisition): void => {}
  let store: Store
  let log: ResultLog
  let connection: Connection
  let link: PlcLink
  const start = async (): Promise<void> => {
    store = await openStore(join(folder, 'store.sqlite'))
    log = await store.results('box', 10)
    connection = openConnection(
      {
        endpointUrl: `opc.tcp://127.0.0.1:${network.port}`,
        securityMode: 'SignAndEncrypt',
        securityPolicy: 'Basic256Sha256',
        identity: { type: 'anonymous' },
        pkiFolder,
        requestTimeoutMs: 5_000,
        watchdogMs: 1_000,
      },
      { random: () => 1 },
    )
    link = await openPlcLink(connection, {
      mapping: plc.mapping,
      maxWaiting: 100,
      inspectionTimeoutMs: 30_000,
      publishingMs: 20,
      heartbeatMs: 100,
      ...changes,
      log,
      acquire: (acquisition) => {
        acquired.push(acquisition)
        onAcquire(acquisition)
      },
      notice: (_level, text) => notices.push(text),
    })
  }
  await start()

  return {
    get plc() {
      return plc
    },
    network,
    get connection() {
      return connection
    },
    get link() {
      return link
    },
    get log() {
      return log
    },
    acquired,
    notices,
    asked: async (acquisitionId) => {
      for (;;) {
        const found = acquired.find((one) => one.acquisitionId === acquisitionId)
        if (found) return found
        await new Promise((later) => setTimeout(later, 5))
      }
    },
    answerAll: (answer) => {
      onAcquire = (acquisition) => void link.finish(answer(acquisition))
    },
    stopPlc: () => plc.stop(),
    startPlc: async (more = {}) => {
      plc = await startPlc({ ...more, port: plc.server.port })
    },
    restart: async () => {
      network.set('refuse')
      network.cut()
      await link.close()
      await connection.close()
      await store.close()
      network.set('forward')
      await start()
    },
    close: async () => {
      await link.close()
      await connection.close()
      await store.close()
      await pki.close()
      await network.stop()
      await plc.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const FACTS = { capturedAt: '2026-11-24T02:17:32.280Z', id: 'inspection', source: 'camera', reason: 'why' }

/** Scores that a Float holds exactly. */
export const verdict = (score: number, acquisitionId: number | null = null): Finished => ({
  outcome: {
    kind: 'verdict',
    pass: score < 0.5,
    level: score < 0.5 ? LEVELS.ok : LEVELS.alarm,
    score,
    threshold: 0.5,
  },
  acquisitionId,
  overlay: null,
  facts: FACTS,
})

export const failed = (errorCode: number, acquisitionId: number | null = null): Finished => ({
  outcome: { kind: 'error', errorCode },
  acquisitionId,
  overlay: null,
  facts: FACTS,
})
