import type { Protocol } from './packet.ts'
import type { BrokerSettings } from './types.ts'

/** A broker may have been updated: MQTT 5 is tried again after so long. */
const FORGET_AFTER_MS = 24 * 3600 * 1000

/** So often in a row the connection ends without an answer before MQTT 5 is thought to be the reason. */
const SILENCES = 2

/** Which version of the protocol the next connection is to speak. */
export interface ProtocolChoice {
  next(now: number): Protocol
  accepted(): void
  /** @returns whether another version can be tried, at once */
  failed(refusal: 'protocol' | 'silent' | undefined, now: number): boolean
  /** As at the start. */
  reset(): void
}

export const chooseProtocol = (wanted: BrokerSettings['protocol']): ProtocolChoice => {
  let silences = 0
  let refusedAt: number | null = null
  /** A 3.1.1 connection has come about since; before, the refusal may have been of another kind. */
  let isConfirmed = false

  const fallBack = (now: number): true => {
    refusedAt = now
    isConfirmed = false
    silences = 0
    return true
  }
  const reset = (): void => {
    silences = 0
    refusedAt = null
    isConfirmed = false
  }
  return {
    next: (now) => {
      if (wanted !== 'auto') return wanted
      if (refusedAt !== null && now - refusedAt >= FORGET_AFTER_MS) reset()
      return refusedAt === null ? '5' : '3.1.1'
    },
    accepted: () => {
      silences = 0
      if (refusedAt !== null) isConfirmed = true
    },
    failed: (refusal, now) => {
      if (wanted !== 'auto') return false
      if (refusedAt === null) {
        if (refusal === 'protocol') return fallBack(now)
        silences = refusal === 'silent' ? silences + 1 : 0
        return silences >= SILENCES ? fallBack(now) : false
      }
      // The older version fares no better: the broker is down, or something before it is.
      if (!isConfirmed) reset()
      return false
    },
    reset,
  }
}
