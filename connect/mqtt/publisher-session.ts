import { type CodedError, codedError } from '../../errors/index.ts'
import type { Outbox, StoredMessage } from '../store/types.ts'
import { type Bell, createBell } from './bell.ts'
import type { Clock } from './clock.ts'
import type { Connection, Outcome } from './connection.ts'
import { envelopeFromJson } from './envelope.ts'
import { isExpired, type Packet, packetLength, packetOf } from './packet.ts'
import type { Forgetter } from './publisher-forget.ts'
import type { SessionEnd, SizeLimit } from './publisher-limit.ts'

/** No broker needs more to be kept busy, and each may hold an image. */
const MOST_IN_FLIGHT = 16

/** Between two attempts to read a store that is in trouble, ms. */
const STORE_PAUSE_MS = 1000

export interface SessionNeeds {
  readonly outbox: Outbox
  readonly forgetter: Forgetter
  readonly limit: SizeLimit
  readonly clock: Clock
  readonly ackTimeoutMs: number
  readonly shrink: (payload: Uint8Array, limit: number) => Uint8Array | null
  readonly onAcknowledged: (message: StoredMessage) => void
  readonly onExpired: () => void
  readonly onRefused: (message: StoredMessage, error: CodedError) => void
  /** Of the store, or of a message that was refused for now. */
  readonly onTrouble: (error: unknown) => void
  readonly onChange: () => void
}

/** The replay over one connection. */
export interface Session {
  wake(): void
  inFlight(): number
  /** Takes nothing more; resolves when nothing is in flight any more. */
  drain(): Promise<void>
  /** When the connection has ended. */
  readonly over: Promise<SessionEnd>
}

/**
 * Sends what waits, from the oldest on, a bounded number at once, and has each forgotten only once the broker has taken it
 * (QoS 1: PUBACK, QoS 2: PUBCOMP; MQTT 5.0 §4.3). The next connection begins again with the oldest that was not.
 */
export const startSession = (connection: Connection, needs: SessionNeeds): Session => {
  const { outbox, forgetter, limit, clock, onTrouble, onChange } = needs
  const bell: Bell = createBell()
  const inFlight = new Map<number, number>()
  let acknowledged = 0
  let isOver = false
  let isDraining = false
  let drained: () => void = () => {}
  let stopWatch: () => void = () => {}

  // One of the places is for the status topic (Receive Maximum, MQTT 5.0 §3.2.2.3.3).
  const most = Math.max(1, Math.min(MOST_IN_FLIGHT, connection.limits.receiveMaximum - 1))

  /** A peer that answers pings but acknowledges nothing is of no use. */
  const watch = (): void => {
    stopWatch()
    if (inFlight.size === 0 || isOver) return
    stopWatch = clock.after(needs.ackTimeoutMs, () =>
      connection.destroy(
        codedError(
          'MQTT_UNREACHABLE',
          `the broker has acknowledged nothing for ${needs.ackTimeoutMs} ms; it is connected to anew.`,
        ),
      ),
    )
  }

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(STORE_PAUSE_MS, resolve)
      void connection.ended.then(() => {
        cancel()
        resolve()
      })
    })

  const settle = (message: StoredMessage, length: number, outcome: Outcome): void => {
    if (outcome.kind === 'lost') return
    inFlight.delete(message.sequence)
    if (outcome.kind === 'acknowledged') {
      acknowledged++
      limit.acknowledged(length)
      forgetter.forget(message.sequence)
      needs.onAcknowledged(message)
    } else if (outcome.isFinal) {
      forgetter.forget(message.sequence)
      needs.onRefused(message, outcome.error)
    } else {
      // For now only, such as over a quota: sent again in its order, over a new connection and after a wait.
      connection.destroy(outcome.error)
    }
    watch()
    onChange()
    bell.ring()
    if (inFlight.size === 0) drained()
  }

  const send = (message: StoredMessage): void => {
    if (forgetter.isOnItsWay(message.sequence)) return
    if (isExpired(envelopeFromJson(message.envelope), clock.now())) {
      forgetter.forget(message.sequence)
      needs.onExpired()
      return
    }
    const packet = fitting(message)
    if (packet === null) return
    const length = packetLength(packet, connection.protocol)
    inFlight.set(message.sequence, length)
    if (inFlight.size === 1) watch()
    void connection
      .publish(packet)
      .then((outcome) => settle(message, length, outcome))
      .catch(onTrouble)
  }

  /** The packet, without images where it would be too large with them. Null, and refused, where it still is. */
  const fitting = (message: StoredMessage): Packet | null => {
    const sending = {
      protocol: connection.protocol,
      redelivery: message.attempts,
      now: clock.now(),
      limits: connection.limits,
    }
    const packet = packetOf(message, sending)
    const most = limit.known()
    const length = packetLength(packet, connection.protocol)
    if (length <= most) return packet
    const payload = needs.shrink(message.payload, most)
    const smaller = payload === null ? null : packetOf({ ...message, payload }, sending)
    if (smaller !== null && packetLength(smaller, connection.protocol) <= most) return smaller
    forgetter.forget(message.sequence)
    needs.onRefused(message, tooLarge(length, most))
    return null
  }

  const replay = async (): Promise<void> => {
    let after = 0
    while (!isOver && !isDraining) {
      const room = limit.window(most) - inFlight.size
      if (room <= 0) {
        await bell.wait()
        continue
      }
      // What is forgotten on the disk by now is not among what is asked for next.
      forgetter.settle()
      let messages: readonly StoredMessage[]
      try {
        messages = await outbox.take(after, room)
      } catch (error) {
        onTrouble(error)
        await pause()
        continue
      }
      for (const message of messages) {
        // Taken and not sent: the next session begins with it.
        if (isOver || isDraining) break
        after = message.sequence
        send(message)
      }
      onChange()
      if (messages.length === 0) await bell.wait()
    }
  }

  const over = connection.ended.then((ended): SessionEnd => {
    isOver = true
    stopWatch()
    bell.ring()
    drained()
    return {
      ended,
      acknowledged,
      inFlight: [...inFlight].map(([sequence, length]) => ({ sequence, length })),
    }
  })
  replay().catch(onTrouble)

  return {
    wake: bell.ring,
    inFlight: () => inFlight.size,
    drain: () =>
      new Promise((resolve) => {
        isDraining = true
        drained = resolve
        bell.ring()
        if (inFlight.size === 0 || isOver) resolve()
      }),
    over,
  }
}

export const tooLarge = (length: number, most: number): CodedError =>
  codedError(
    'MQTT_TOO_LARGE',
    `an event makes a packet of ${length} bytes, also without its images too large for the broker, which takes ${most}. List fewer regions, or raise the limit in the broker.`,
  )
