import type { Ended } from './connection.ts'

/** How a session ended, as far as it says something about too large messages. */
export interface SessionEnd {
  readonly ended: Ended
  /** The broker has answered, before the first event of a careful session was sent. */
  readonly wasAlive: boolean
  /** It has refused an event that is to be sent again. */
  readonly wasRefused: boolean
  /** Events acknowledged in it. */
  readonly acknowledged: number
  /** Sent and not acknowledged, oldest first. */
  readonly inFlight: readonly { readonly sequence: number; readonly length: number }[]
}

/** So often in a row one message alone ends the connection before its size is thought to be the reason. */
const STRIKES = 5

/**
 * Below, bytes, the size is never thought to be the reason: no broker's limit is that low, and some end the connection over
 * a topic that the client may not publish to. Such an event stays, and the status says why nothing goes out.
 */
const HARMLESS = 10_000

/** DISCONNECT: Packet too large (MQTT 5.0 §3.14.2.1). */
const PACKET_TOO_LARGE = 149

/**
 * The largest packet a broker takes, bytes. MQTT 5 brokers tell theirs; others just close the connection, again and again.
 * So a message that does that is sent alone, to a broker that has just shown that it is there, and when it does it again, is
 * taken for too large, unless a larger one once got through. Otherwise it would hold up all others for ever.
 */
export interface SizeLimit {
  known(): number
  /** Of the present connection. */
  told(maximumPacketSize: number): void
  acknowledged(length: number): void
  sessionEnded(end: SessionEnd): void
  /** Whether one event at a time is to be sent, so that it is known which one does it, and no copies of others go with it. */
  isCareful(): boolean
}

export const sizeLimit = (configured: number): SizeLimit => {
  let told = Number.POSITIVE_INFINITY
  let learnt = Number.POSITIVE_INFINITY
  let largest = 0
  let careful = false
  let suspect = { sequence: -1, strikes: 0 }

  const judge = ({ sequence, length }: { sequence: number; length: number }, reason?: number): void => {
    if (length <= Math.max(largest, HARMLESS)) return
    const strikes = suspect.sequence === sequence ? suspect.strikes + 1 : 1
    suspect = { sequence, strikes }
    if (strikes >= STRIKES || reason === PACKET_TOO_LARGE) {
      learnt = Math.min(learnt, length - 1)
      suspect = { sequence: -1, strikes: 0 }
    }
  }

  return {
    known: () => Math.min(configured, told, learnt),
    told: (maximumPacketSize) => {
      told = maximumPacketSize
    },
    acknowledged: (length) => {
      largest = Math.max(largest, length)
      careful = false
    },
    sessionEnded: ({ ended, wasAlive, wasRefused, acknowledged, inFlight }) => {
      const [oldest, ...others] = inFlight
      if (acknowledged > 0) return
      if (wasRefused) careful = true
      if (!ended.byPeer || oldest === undefined) return
      if (others.length === 0 && (wasAlive || ended.reason === PACKET_TOO_LARGE)) judge(oldest, ended.reason)
      careful = true
    },
    isCareful: () => careful,
  }
}
