import { messageOf } from '../../../errors/index.ts'
import type { Connection } from '../client/types.ts'
import { dampened } from '../dampen.ts'
import { type BoxSignals, runHandshake } from '../handshake/index.ts'
import { acknowledgements } from './acknowledgements.ts'
import { watchFaults } from './faults.ts'
import { startHeartbeat } from './heartbeat.ts'
import { type PlcChanges, watchInputs } from './inputs.ts'
import { checkMapping, PLC_SIGNALS, type PlcSignalName } from './signals.ts'
import type { PlcLink, PlcLinkOptions, PlcLinkStatus } from './types.ts'
import { openVariables } from './variables.ts'
import { startWriter } from './writer.ts'

/**
 * Nothing is written before the PLC's signals are known: a ResultsValid that falls as the first sign of a reconnect would take the ground
 * from an acknowledgement that stands. When they do not come, the PLC is to see at least that we are not ready.
 */
const UNHEARD_MS = 2_000

/** For Online and TriggerReady to be taken back; a server that does not answer must not hold up a redeploy. */
const FAREWELL_MS = 2_000

/**
 * Runs the handshake with a PLC over its own server, until it is closed. The connection is the caller's.
 * @throws OPCUA_MAPPING, OPCUA_NODE_ID; STORE_… when what earlier runs have left cannot be read
 */
export const openPlcLink = async (connection: Connection, options: PlcLinkOptions): Promise<PlcLink> => {
  const { mapping } = options
  checkMapping(mapping)
  const isMapped = (name: PlcSignalName): boolean => mapping[name] !== undefined
  const listeners = new Set<(status: PlcLinkStatus) => void>()
  const tell = (): void => {
    for (const listener of [...listeners]) listener(status())
  }
  const notice = dampened(options.notice)
  const faults = watchFaults(mapping, notice, tell)
  const variables = openVariables(connection, mapping, faults)

  /** Signals of the PLC that this session has told of. */
  const heard = new Set<string>()
  const awaited = Object.entries(PLC_SIGNALS).filter(([name]) => isMapped(name as PlcSignalName))
  const isHeard = (): boolean => awaited.every(([, signal]) => heard.has(signal))
  let late = 0
  let signals: BoxSignals | null = null
  let closed = false

  const writer = startWriter({
    variables,
    onBlocked: () => judge(),
    onError: (thrown) =>
      notice('warn', `the signals could not be written and are tried again: ${messageOf(thrown)}`),
  })
  const runner = await runHandshake({
    log: options.log,
    acknowledged: isMapped('ResultsAck'),
    maxWaiting: options.maxWaiting,
    inspectionTimeoutMs: options.inspectionTimeoutMs,
    standing: null,
    show: (shown) => {
      signals = shown
      writer.want(shown)
      tell()
    },
    acquire: (acquisition) => {
      try {
        options.acquire(acquisition)
      } catch (thrown) {
        // The flow behind it; the PLC gets the time-out.
        notice('error', `acquisition ${acquisition.acquisitionId} was not passed on: ${messageOf(thrown)}`)
      }
    },
    notice,
  })
  const gate = acknowledgements(mapping, (acquisitionId) => writer.hasClaimed(acquisitionId))
  // Shown by the process before: it may have been acknowledged since.
  const { resultsValid, error, acquisitionId } = runner.signals()
  if (resultsValid || error) writer.countAsClaimed(acquisitionId)

  const status = (): PlcLinkStatus => ({
    connection: connection.status(),
    signals: signals ?? runner.signals(),
    faulty: faults.names(),
    late,
  })

  /** Whether a trigger could be answered. */
  const judge = (): void => {
    const online = !closed && connection.status().state === 'online' && isHeard() && !writer.isBlocked()
    if (online !== runner.signals().online) runner.setOnline(online)
  }

  /** Of a session that has not told of everything yet nothing is taken: Trigger may be known before what it is for. */
  let early: PlcChanges = {}
  const take = (changes: PlcChanges): void => {
    for (const [signal, value] of Object.entries(changes)) if (value !== null) heard.add(signal)
    early = { ...early, ...changes }
    if (!isHeard()) return
    const together = gate.admit(early, runner.signals())
    early = {}
    writer.hold(gate.isHolding())
    begin()
    // First: what was raised during an outage counts, and is taken only by a handshake that is online.
    judge()
    runner.plc(together)
  }

  let unheard: NodeJS.Timeout | null = null
  const begin = (): void => {
    if (unheard === null) return
    clearTimeout(unheard)
    unheard = null
    writer.begin()
  }

  const onConnection = (): void => {
    const isOnline = connection.status().state === 'online'
    if (isOnline !== wasOnline) {
      wasOnline = isOnline
      heard.clear()
      early = {}
      writer.hold(true)
      if (unheard) clearTimeout(unheard)
      unheard = isOnline ? setTimeout(begin, UNHEARD_MS) : null
      unheard?.unref()
      if (!isOnline) writer.pause()
      if (isOnline && awaited.length === 0) take({})
      else judge()
    }
    tell()
  }
  let wasOnline = false
  const stopListening = connection.onStatus(onConnection)
  onConnection()
  const stopWatching = watchInputs(connection, {
    mapping,
    publishingMs: options.publishingMs,
    faults,
    take,
  })
  const stopHeartbeat = startHeartbeat(variables, options.heartbeatMs, () => runner.signals().online)

  return {
    finish: async (finished) => {
      // No variable of the PLC takes it; those of a night would fill memory and disk.
      const fate = await runner.finish({ ...finished, overlay: null })
      if (fate === 'late') {
        late++
        tell()
      }
      return fate
    },
    status,
    onStatus: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      closed = true
      stopWatching()
      stopHeartbeat()
      await runner.close()
      await withinFarewell(writer.settled())
      if (unheard) clearTimeout(unheard)
      writer.close()
      stopListening()
      listeners.clear()
    },
  }
}

const withinFarewell = async (work: Promise<void>): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, FAREWELL_MS)
  await Promise.race([work, promise])
  clearTimeout(timer)
}
