import { codedError } from '../../../../errors/index.ts'
import { dampened } from '../../dampen.ts'
import {
  type BoxSignals,
  type Fate,
  type Finished,
  type HandshakeOptions,
  readBody,
  runHandshake,
  type StoredResult,
} from '../../handshake/index.ts'
import type { VisionServer } from '../types.ts'
import { type FlatFace, makeFlatFace } from './face.ts'

export interface StationOptions extends Omit<HandshakeOptions, 'show' | 'onStored' | 'standing'> {
  readonly server: VisionServer
  readonly name: string
  /** Elements of the arrays of the history; the log keeps as many results. */
  readonly historyLength: number
  /** A larger overlay is left out. */
  readonly maxOverlayBytes: number
  /** After every change of the signals. */
  readonly onSignals?: (signals: BoxSignals) => void
  readonly heartbeatMs?: number
}

export interface RunningStation {
  signals(): BoxSignals
  finish(finished: Finished): Promise<Fate>
  /** The variables stay where they are for the next of this name, with Online false; `removed`: they go. */
  close(removed?: boolean): Promise<void>
}

/** What stations of a server have left behind: clients keep what they have subscribed to over a redeploy. */
const faces = new WeakMap<VisionServer, Map<string, Kept>>()
interface Kept {
  readonly face: FlatFace
  readonly historyLength: number
  inUse: boolean
}

/**
 * One station on a server: its variables and the handshake behind them, over a log that survives a restart.
 * @throws OPCUA_SERVER_CONFLICT when there is a station of this name on the server; OPCUA_SERVER_PORT, OPCUA_SERVER_START; STORE_…
 */
export const openStation = async (options: StationOptions): Promise<RunningStation> => {
  const { server, name, historyLength, log, maxOverlayBytes, heartbeatMs = 1_000 } = options
  const notice = dampened(options.notice)
  const kept = takeFace(server, name, historyLength)
  const { face } = kept
  try {
    // Whoever comes finds the variables there.
    await server.listen()
  } catch (thrown) {
    kept.inUse = false
    throw thrown
  }

  let newest: StoredResult[] = (await log.newest()).map(({ acquisitionId, body }) => ({
    ...readBody(body),
    acquisitionId,
  }))
  face.showHistory(newest)
  const handshake = await runHandshake({
    ...options,
    notice,
    standing: face.control(),
    show: (signals, shown) => {
      face.show(signals, shown)
      options.onSignals?.(signals)
    },
    onStored: (stored) => {
      newest = [stored, ...newest].slice(0, historyLength)
      face.showHistory(newest)
    },
  })
  face.listen(handshake.plc)
  handshake.setOnline(true)

  let beats = 0
  const heart = setInterval(() => face.beat(++beats), heartbeatMs)
  heart.unref()
  const forgetClients = server.onClients((change) => {
    if (change === 'gone' && face.control().trigger)
      notice(
        'warn',
        'a client has ended its session while Trigger is true; it stays so until a client writes it',
      )
  })

  return {
    signals: handshake.signals,
    finish: (finished) => {
      const { overlay } = finished
      if (overlay === null || overlay.byteLength <= maxOverlayBytes) return handshake.finish(finished)
      notice('warn', `an overlay of ${overlay.byteLength} bytes was left out; ${maxOverlayBytes} are allowed`)
      return handshake.finish({ ...finished, overlay: null })
    },
    close: async (removed = false) => {
      clearInterval(heart)
      forgetClients()
      face.listen(null)
      await handshake.close()
      face.flush()
      kept.inUse = false
      if (removed) dropFace(server, name)
    },
  }
}

const takeFace = (server: VisionServer, name: string, historyLength: number): Kept => {
  const ofServer = faces.get(server) ?? new Map<string, Kept>()
  faces.set(server, ofServer)
  const found = ofServer.get(name)
  if (found?.inUse)
    throw codedError(
      'OPCUA_SERVER_CONFLICT',
      `there is a station "${name}" on port ${server.port} already. Give this one another name.`,
    )
  if (found && found.historyLength === historyLength) return Object.assign(found, { inUse: true })
  found?.face.remove()
  const face = makeFlatFace(server.namespace, server.root, name, historyLength)
  const kept = { face, historyLength, inUse: true }
  ofServer.set(name, kept)
  return kept
}

const dropFace = (server: VisionServer, name: string): void => {
  faces.get(server)?.get(name)?.face.remove()
  faces.get(server)?.delete(name)
}
