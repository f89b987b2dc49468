import { join } from 'node:path'
import { type Connection, openConnection } from '../../connect/opcua/client/index.ts'
import { type Acquisition, type Finished, LEVELS } from '../../connect/opcua/handshake/index.ts'
import { openPki } from '../../connect/opcua/pki/index.ts'
import { openPlcLink } from '../../connect/opcua/result/index.ts'
import { leaseVisionServer, openStation } from '../../connect/opcua/server/index.ts'
import { openStore } from '../../connect/store/index.ts'
import { freePort } from '../../demo/node-red.ts'
import { startSimulatedServer } from '../../demo/opcua-server.ts'
import { addSignals, nodeIdsOf } from '../../demo/plc.ts'
import { openPlcClient } from '../../demo/plc-client.ts'
import type { PlcSignals } from '../../demo/plc-program.ts'
import { befriend } from '../../demo/trust.ts'

/** One side of the soak: as many PLCs as lines, each with a box that answers it, over real sockets with SignAndEncrypt. */
export interface Way {
  readonly plcs: readonly PlcSignals[]
  /** Ends every connection at once, as a switch that loses power. Resolves when all are back. */
  cut(): Promise<void>
  close(): Promise<void>
}

const notice = (_level: string, text: string): void => {
  // A cut is told of, and belongs to the soak.
  if (/not on the disk|were not kept|was not kept/.test(text)) throw new Error(text)
}

/** Every third part is bad; nothing is inspected. */
const verdictOf = ({ acquisitionId }: Acquisition): Finished => {
  const pass = acquisitionId % 3 !== 0
  return {
    outcome: {
      kind: 'verdict',
      pass,
      level: pass ? LEVELS.ok : LEVELS.alarm,
      score: pass ? 0.25 : 0.75,
      threshold: 0.5,
    },
    acquisitionId,
    overlay: null,
    facts: { capturedAt: new Date().toISOString(), id: '', source: 'soak', reason: 'made up' },
  }
}

const HANDSHAKE = { maxWaiting: 10, inspectionTimeoutMs: 10_000, notice }
const names = (lines: number): string[] => Array.from({ length: lines }, (_, line) => `line${line + 1}`)

const untilOnline = async (connections: readonly Connection[]): Promise<void> => {
  for (const connection of connections)
    await new Promise<void>((resolve) => {
      const stop = connection.onStatus(look)
      function look(): void {
        if (connection.status().state !== 'online') return
        stop()
        resolve()
      }
      queueMicrotask(look)
    })
}

/** The PLC has the server, we are its client. */
export const plcServes = async (folder: string, lines: number): Promise<Way> => {
  await using ending = new AsyncDisposableStack()
  const plcPki = await openPki(join(folder, 'plc'), { hostname: 'plc' })
  ending.defer(() => plcPki.close())
  const boxPki = await openPki(join(folder, 'client'))
  ending.defer(() => boxPki.close())
  await befriend(plcPki, boxPki)
  const plcs: PlcSignals[] = []
  const server = await startSimulatedServer({
    name: 'PLC',
    port: await freePort(),
    pki: plcPki,
    build: (namespace) => plcs.push(...names(lines).map((name) => addSignals(namespace, `${name}.`))),
  })
  ending.defer(() => server.close())
  const store = await openStore(join(folder, 'serves.sqlite'))
  ending.defer(() => store.close())
  const connection = openConnection({
    endpointUrl: server.url,
    securityMode: 'SignAndEncrypt',
    securityPolicy: 'Basic256Sha256',
    identity: { type: 'anonymous' },
    pkiFolder: join(folder, 'client'),
    requestTimeoutMs: 10_000,
    watchdogMs: 2_000,
  })
  ending.defer(() => connection.close())
  for (const name of names(lines)) {
    const link = await openPlcLink(connection, {
      ...HANDSHAKE,
      mapping: nodeIdsOf(`${name}.`),
      log: await store.results(name, 10),
      publishingMs: 20,
      heartbeatMs: 1000,
      acquire: (acquisition) => setImmediate(() => void link.finish(verdictOf(acquisition))),
    })
    ending.defer(() => link.close())
  }
  await untilOnline([connection])
  const started = ending.move()
  return {
    plcs,
    cut: async () => {
      const gone = new Promise<void>((resolve) => {
        const stop = connection.onStatus(({ state }) => {
          if (state === 'online') return
          stop()
          resolve()
        })
      })
      server.cut()
      await gone
      await untilOnline([connection])
    },
    close: () => started.disposeAsync(),
  }
}

/** We have the server, the PLC is its client. */
export const plcCalls = async (folder: string, lines: number): Promise<Way> => {
  await using ending = new AsyncDisposableStack()
  const boxPki = await openPki(join(folder, 'server'))
  ending.defer(() => boxPki.close())
  const plcPki = await openPki(join(folder, 'plc-client'), { hostname: 'plc' })
  ending.defer(() => plcPki.close())
  await befriend(boxPki, plcPki)
  const lease = await leaseVisionServer({
    port: await freePort(),
    host: '127.0.0.1',
    pkiFolder: join(folder, 'server'),
    allowNone: false,
    allowAnonymous: true,
    users: [],
  })
  ending.defer(() => lease.release())
  const store = await openStore(join(folder, 'calls.sqlite'))
  ending.defer(() => store.close())
  for (const name of names(lines)) {
    const station = await openStation({
      ...HANDSHAKE,
      server: lease.server,
      name,
      log: await store.results(name, 10),
      historyLength: 10,
      maxOverlayBytes: 0,
      acknowledged: true,
      acquire: (acquisition) => setImmediate(() => void station.finish(verdictOf(acquisition))),
    })
    ending.defer(() => station.close())
  }
  const open = () =>
    names(lines).map((station) =>
      openPlcClient({
        url: `opc.tcp://127.0.0.1:${lease.server.port}`,
        station,
        pkiFolder: join(folder, 'plc-client'),
      }),
    )
  let clients = open()
  const closeClients = async (): Promise<void> => {
    for (const client of clients) await client.close()
  }
  ending.defer(closeClients)
  const started = ending.move()
  return {
    get plcs() {
      return clients
    },
    cut: async () => {
      await closeClients()
      clients = open()
      for (const client of clients) await client.until(() => true, AbortSignal.timeout(60_000))
    },
    close: () => started.disposeAsync(),
  }
}
