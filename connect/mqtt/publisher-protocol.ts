import type { Protocol } from './packet.ts'
import type { BrokerSettings } from './types.ts'

/** A broker may have been updated: MQTT 5 is tried again after so long. */
const FORGET_AFTER_MS = 24 * 3600 * 1000

/** So often in a row the connection ends without an answer before MQTT 5 is thought to be the reason. */
const SILENCES = 2

/**
 * What is thought of a broker. `suspected`: it may be of the older version, or just down. `checked`: it has accepted the older
 * one, so it is there, and MQTT 5 is tried once more.
 */
type Thought = 'newer' | 'suspected' | 'checked' | 'older'

/** Which version of the protocol the next connection is to speak. */
export interface ProtocolChoice {
  next(now: number): Protocol
  /** @returns whether this connection is the one; if not, another version is to be tried, at once */
  accepted(): boolean
  /** @returns whether another version can be tried, at once */
  failed(refusal: 'protocol' | 'silent' | undefined, now: number): boolean
}

export const chooseProtocol = (wanted: BrokerSettings['protocol']): ProtocolChoice => {
  let thought: Thought = 'newer'
  let silences = 0
  let refusedAt = 0

  const think = (next: Thought): void => {
    thought = next
    silences = 0
  }
  return {
    next: (now) => {
      if (wanted !== 'auto') return wanted
      if (thought === 'older' && now - refusedAt >= FORGET_AFTER_MS) think('newer')
      return thought === 'newer' || thought === 'checked' ? '5' : '3.1.1'
    },
    accepted: () => {
      const isTheOne = thought !== 'suspected'
      if (!isTheOne) think('checked')
      else if (thought !== 'older') think('newer')
      return isTheOne
    },
    failed: (refusal, now) => {
      if (wanted !== 'auto' || thought === 'older') return false
      if (refusal === 'protocol' || (refusal === 'silent' && thought === 'checked')) {
        think('older')
        refusedAt = now
        return true
      }
      if (thought !== 'newer') {
        // The older version fares no better, or the network has gone: nothing was learnt.
        think('newer')
        return false
      }
      silences = refusal === 'silent' ? silences + 1 : 0
      if (silences < SILENCES) return false
      think('suspected')
      return true
    },
  }
}
