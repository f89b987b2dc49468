import { type CodedError, codedError } from '../../errors/index.ts'
import type { Outbox, StoredMessage } from '../store/types.ts'
import { type Bell, createBell } from './bell.ts'
import type { Clock } from './clock.ts'
import type { Connection, Outcome } from './connection.ts'
import { envelopeFromJson } from './envelope.ts'
import { isExpired, type Packet, packetLength, packetOf } from './packet.ts'
import type { Forgetter } from './publisher-forget.ts'
import type { SessionEnd, SizeLimit } from './publisher-limit.ts'

/** No broker needs more to be kept busy. */
const MOST_IN_FLIGHT = 16

/** Bytes in flight from which on no more are read from the disk: each event may hold an image of megabytes. */
const MUCH_IN_FLIGHT = 16_000_000

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
  readonly onTrouble: (error: unknown) => void
  /** The store can be read. */
  readonly onRead: () => void
  readonly onChange: () => void
}

type Refusal = Extract<Outcome, { kind: 'refused' }>

interface Refused {
  readonly message: StoredMessage
  readonly outcome: Refusal
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
  /** Lengths by sequence number. */
  const inFlight = new Map<number, number>()
  /** Refused, and not known whether only they are, until another event is taken after them. */
  const doubtful: Refused[] = []
  let acknowledged = 0
  let wasAlive = false
  let wasRefused = false
  let isOver = false
  let isDraining = false
  let drained: () => void = () => {}
  let stopWatch: () => void = () => {}

  // One of the places is for the status topic (Receive Maximum, MQTT 5.0 §3.2.2.3.3).
  const most = Math.max(1, Math.min(MOST_IN_FLIGHT, connection.limits.receiveMaximum - 1))

  const awaitAnswer = (): void => {
    stopWatch()
    if (isOver) return
    stopWatch = clock.after(needs.ackTimeoutMs, () =>
      connection.destroy(
        codedError(
          'MQTT_UNREACHABLE',
          `the broker has answered nothing for ${needs.ackTimeoutMs} ms; it is connected to anew.`,
        ),
      ),
    )
  }
  /** A peer that answers pings but acknowledges nothing is of no use. */
  const watch = (): void => {
    if (inFlight.size > 0) awaitAnswer()
    else stopWatch()
  }

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(STORE_PAUSE_MS, resolve)
      void connection.ended.then(() => {
        cancel()
        resolve()
      })
    })

  const giveUp = ({ message, outcome }: Refused): void => {
    forgetter.forget(message.sequence)
    needs.onRefused(message, outcome.error(true))
  }

  /** Refused for now only, such as over a quota: sent again in its order, over a new connection and after a wait. */
  const comeBack = (outcome: Refusal): void => {
    wasRefused = true
    connection.destroy(outcome.error(false))
  }

  const settle = (message: StoredMessage, length: number, outcome: Outcome): void => {
    if (outcome.kind === 'lost') return
    inFlight.delete(message.sequence)
    if (outcome.kind === 'acknowledged') {
      acknowledged++
      limit.acknowledged(length)
      forgetter.forget(message.sequence)
      needs.onAcknowledged(message)
      for (const refused of doubtful.splice(0)) giveUp(refused)
    } else if (outcome.again === 'never') giveUp({ message, outcome })
    else if (outcome.again === 'perhaps') doubtful.push({ message, outcome })
    else comeBack(outcome)
    watch()
    onChange()
    bell.ring()
    if (inFlight.size === 0) drained()
  }

  /** None of a clock that was set back. */
  const ageOf = ({ acceptedAt }: StoredMessage): number => Math.max(0, clock.now() - acceptedAt)

  const send = (message: StoredMessage): void => {
    if (forgetter.isOnItsWay(message.sequence)) return
    if (isExpired(envelopeFromJson(message.envelope), ageOf(message))) {
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
      ageMs: ageOf(message),
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

  /** How many more events may be sent. */
  const room = (): number => {
    const bytes = [...inFlight.values()].reduce((sum, length) => sum + length, 0)
    if (bytes >= MUCH_IN_FLIGHT || doubtful.length >= MOST_IN_FLIGHT) return 0
    return (limit.isCareful() ? 1 : most) - inFlight.size
  }

  /** Nothing else can be sent that would tell whether only these are refused: then it is the client, until that is put right. */
  const judgeDoubtful = (): void => {
    const [first] = doubtful
    if (first !== undefined && inFlight.size === 0) comeBack(first.outcome)
  }

  const replay = async (): Promise<void> => {
    let after = 0
    if (limit.isCareful()) {
      awaitAnswer()
      wasAlive = await connection.ping()
      watch()
    }
    while (!isOver && !isDraining) {
      const count = room()
      if (count <= 0) {
        judgeDoubtful()
        await bell.wait()
        continue
      }
      // What is forgotten on the disk by now is not among what is asked for next.
      forgetter.settle()
      let messages: readonly StoredMessage[]
      try {
        messages = await outbox.take(after, count, MUCH_IN_FLIGHT)
        needs.onRead()
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
      if (messages.length > 0) continue
      judgeDoubtful()
      await bell.wait()
    }
  }

  const over = connection.ended.then((ended): SessionEnd => {
    isOver = true
    stopWatch()
    bell.ring()
    drained()
    return {
      ended,
      wasAlive,
      wasRefused,
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
