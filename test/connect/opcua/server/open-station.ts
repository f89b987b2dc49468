import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Acquisition, Finished } from '../../../../connect/opcua/handshake/index.ts'
import {
  leaseVisionServer,
  openStation,
  type RunningStation,
  type ServerSettings,
  type StationOptions,
  type VisionServer,
} from '../../../../connect/opcua/server/index.ts'
import { openStore } from '../../../../connect/store/index.ts'
import { connectPlc, PASSWORD, type Plc, type PlcOptions } from './plc.ts'

/** A box with one station on a server of its own, over a real store. */
export interface Box {
  readonly folder: string
  readonly server: VisionServer
  readonly settings: ServerSettings
  readonly acquisitions: Acquisition[]
  readonly notices: string[]
  /** Of the process that runs now. */
  station(): RunningStation
  /** A client that the box trusts. */
  plc(options?: Partial<PlcOptions>): Promise<Plc>
  /** As a restart of Node-RED: station, server and store end, and begin again. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface BoxOptions {
  readonly settings?: Partial<ServerSettings>
  readonly station?: Partial<StationOptions>
  /** Of every trigger: what comes of it; by default nothing. */
  readonly inspect?: (acquisition: Acquisition) => Finished | null
}

export const verdict = (pass: boolean, changes: Partial<Finished> = {}): Finished => ({
  outcome: { kind: 'verdict', pass, level: pass ? 1 : 3, score: pass ? 0.25 : 0.75, threshold: 0.5 },
  acquisitionId: null,
  overlay: null,
  facts: {
    capturedAt: '2026-01-02T03:04:05.678Z',
    id: 'event-1',
    source: 'camera/1',
    reason: 'score 0.25 is below 0.5',
  },
  ...changes,
})

export const openBox = async ({ settings, station: changes, inspect }: BoxOptions = {}): Promise<Box> => {
  const folder = await mkdtemp(join(tmpdir(), 'vision-'))
  const acquisitions: Acquisition[] = []
  const notices: string[] = []
  const wanted: ServerSettings = {
    port: 0,
    host: '127.0.0.1',
    pkiFolder: join(folder, 'pki'),
    allowNone: false,
    allowAnonymous: false,
    users: [PASSWORD],
    ...settings,
  }
  const start = async () => {
    const lease = await leaseVisionServer(wanted)
    const store = await openStore(join(folder, 'store.sqlite'))
    const log = await store.results('node', 5)
    const station: RunningStation = await openStation({
      server: lease.server,
      name: 'line',
      log,
      historyLength: 5,
      maxOverlayBytes: 4 * 1024 * 1024,
      acknowledged: true,
      maxWaiting: 10,
      inspectionTimeoutMs: 30_000,
      acquire: (acquisition) => {
        acquisitions.push(acquisition)
        const finished = inspect?.(acquisition)
        if (finished) setImmediate(() => void station.finish(finished))
      },
      notice: (_level, text) => notices.push(text),
      ...changes,
    })
    return {
      lease,
      station,
      close: async () => {
        await station.close()
        await lease.release()
        await store.close()
      },
    }
  }
  let running = await start()
  return {
    folder,
    settings: wanted,
    acquisitions,
    notices,
    get server() {
      return running.lease.server
    },
    station: () => running.station,
    plc: async (options = {}) => {
      const { server } = running.lease
      const { port, pki } = server
      const connect = () =>
        connectPlc({ url: `opc.tcp://127.0.0.1:${port}`, folder: join(folder, 'plc'), ...options })
      try {
        return await connect()
      } catch (thrown) {
        const refused = (await pki.list()).filter(({ state }) => state === 'rejected')
        if (refused.length === 0) throw thrown
        for (const { thumbprint } of refused) await pki.trust(thumbprint)
        return connect()
      }
    },
    restart: async () => {
      await running.close()
      running = await start()
    },
    close: async () => {
      await running.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
