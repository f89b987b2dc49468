import { type BoxSignals, type PlcSignals, QUIET_PLC } from '../handshake/index.ts'
import type { PlcChanges } from './inputs.ts'
import type { Mapping } from './signals.ts'

type Ack = 'resultsAck' | 'clearError'

/** Lets those acknowledgements through that can be meant for what is shown. */
export interface AckGate {
  /** What the handshake is to take for what the PLC has said. */
  admit(changes: PlcChanges, signals: BoxSignals): PlcSignals
  /** Claims must not rise: an acknowledgement stands that was raised for something else. */
  isHolding(): boolean
}

/**
 * While there is no connection, a result can be ready that the PLC has never seen. An acknowledgement that was raised meanwhile is not for
 * it: it does not count, and the claims stay down until it has fallen, as PLC and box would wait for each other's edge else.
 *
 * Without a node for ClearError, ResultsAck clears errors, too; without one for TriggerEnable, triggers are always wanted.
 */
export const acknowledgements = (
  mapping: Mapping,
  isClaimed: (acquisitionId: number) => boolean,
): AckGate => {
  let seen: PlcSignals = { ...QUIET_PLC, triggerEnable: mapping.Trigger !== undefined }
  const unmeant = new Set<Ack>()
  const clearing = mapping.ClearError === undefined

  return {
    admit: (changes, { resultsValid, error, acquisitionId }) => {
      const before = seen
      seen = { ...seen, ...changes }
      if (clearing) seen = { ...seen, clearError: seen.resultsAck }
      for (const [ack, isShown] of [
        ['resultsAck', resultsValid],
        ['clearError', error],
      ] as const) {
        if (!seen[ack]) unmeant.delete(ack)
        else if (!before[ack] && isShown && !isClaimed(acquisitionId)) unmeant.add(ack)
      }
      return {
        ...seen,
        resultsAck: seen.resultsAck && !unmeant.has('resultsAck'),
        clearError: seen.clearError && !unmeant.has('clearError'),
      }
    },
    isHolding: () => unmeant.size > 0,
  }
}
