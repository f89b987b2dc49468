import type { Acquisition, BoxSignals, Fate, Finished } from '../../connect/opcua/handshake/index.ts'
import { leaseVisionServer, openStation } from '../../connect/opcua/server/index.ts'
import { sharedStore } from '../../connect/store/index.ts'
import type { VisionSettings } from './settings.ts'

export interface VisionStation {
  finish(finished: Finished): Promise<Fate>
  /** @param removed the node is gone from the flow, and its variables go too */
  close(removed: boolean): Promise<void>
}

export interface VisionStationOptions extends VisionSettings {
  /** Id of the node: whose results they are. */
  readonly owner: string
  readonly storeFile: string
  readonly acquire: (acquisition: Acquisition) => void
  readonly notice: (level: 'warn' | 'error', text: string) => void
  readonly log: (text: string) => void
  readonly show: (signals: BoxSignals, clients: number) => void
}

/**
 * A station with all that it stands on: the results kept on disk, and the server on its port.
 * @throws STORE_…, OPCUA_SERVER_…, OPCUA_PKI
 */
export const openVisionStation = async (options: VisionStationOptions): Promise<VisionStation> => {
  const { show, ...rest } = options
  const opened: (() => Promise<void>)[] = []
  const undo = async (): Promise<void> => {
    for (const close of opened.reverse()) await close()
  }
  try {
    const store = await sharedStore(options.storeFile)
    opened.push(() => store.close())
    const log = await store.results(options.owner, options.historyLength)
    const { server, release } = await leaseVisionServer(options.server, options.log)
    opened.push(release)
    const station = await openStation({
      ...rest,
      server,
      name: options.station,
      log,
      onSignals: (signals) => show(signals, server.clients()),
    })
    show(station.signals(), server.clients())
    const forgetClients = server.onClients(() => show(station.signals(), server.clients()))
    return {
      finish: station.finish,
      close: async (removed) => {
        forgetClients()
        await station.close(removed)
        await undo()
      },
    }
  } catch (thrown) {
    await undo()
    throw thrown
  }
}
