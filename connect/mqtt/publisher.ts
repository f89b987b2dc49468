import { type CodedError, codedError, isCodedError, messageOf } from '../../errors/index.ts'
import { backoff } from '../backoff.ts'
import type { Outbox } from '../store/types.ts'
import { systemClock } from './clock.ts'
import { type Connection, connectBroker, END_MS } from './connection.ts'
import { LONGEST_MARK, packetLength, packetOf } from './packet.ts'
import { createForgetter } from './publisher-forget.ts'
import { sizeLimit } from './publisher-limit.ts'
import { chooseProtocol } from './publisher-protocol.ts'
import { type Session, startSession, tooLarge } from './publisher-session.ts'
import { publishStatus, type StatusPublication } from './publisher-status.ts'
import { checkBroker } from './settings.ts'
import type { BrokerSettings, Publisher, PublisherOptions, PublisherStatus } from './types.ts'

const BACKOFF = { first: 1000, cap: 30_000, random: Math.random }

/** A connection that lasts so long, ms, or brings an event to the broker, was none to wait longer after. */
const LASTED_MS = 10_000

const ACK_TIMEOUT_MS = 60_000

/**
 * Connects to a broker and stays connected, and brings it what is in the outbox. It works until it is closed; what goes
 * wrong stands in its status.
 * @throws MQTT_SETTINGS
 */
export const openPublisher = (
  settings: BrokerSettings,
  outbox: Outbox,
  options: PublisherOptions = {},
): Publisher => {
  checkBroker(settings)
  const { clock = systemClock, shrink = () => null } = options
  const protocols = chooseProtocol(settings.protocol)
  const limit = sizeLimit(settings.maxPacketBytes)
  const counters = { published: 0, redelivered: 0, expired: 0, refused: 0, connections: 0 }
  let state: PublisherStatus['state'] = 'connecting'
  let lastError: string | null = null
  let present: { connection: Connection; session: Session; status: StatusPublication | null } | null = null
  /** Of the present connection; known before its birth is published. */
  let protocol: PublisherStatus['protocol'] = null
  let isClosing = false
  /** Ends the present attempt or wait. */
  const closing = new AbortController()

  const status = (): PublisherStatus => {
    const { waiting, droppedFull, droppedOld } = outbox.counts()
    return {
      state,
      protocol,
      waiting,
      inFlight: present?.session.inFlight() ?? 0,
      published: counters.published,
      redelivered: counters.redelivered,
      dropped: droppedFull + droppedOld + counters.expired,
      refused: counters.refused,
      reconnects: Math.max(0, counters.connections - 1),
      lastError,
    }
  }
  let isAnnounced = false
  const changed = (): void => {
    if (state === 'online') present?.status?.changed()
    if (isAnnounced) return
    isAnnounced = true
    setImmediate(() => {
      isAnnounced = false
      options.onStatus?.(status())
    })
  }
  const enter = (next: PublisherStatus['state']): void => {
    state = next
    changed()
  }
  const trouble = (error: unknown): void => {
    lastError = isCodedError(error) ? error.message : `NODE_UNEXPECTED: ${messageOf(error)}`
    changed()
  }
  /** The store works. */
  const storeIsWell = (): void => {
    if (lastError?.startsWith('STORE_')) lastError = null
    changed()
  }
  const refused = (id: string, error: CodedError): void => {
    counters.refused++
    trouble(error)
    options.onRefused?.(id, error)
  }
  const forgetter = createForgetter(outbox, clock, {
    onTrouble: trouble,
    onForgotten: storeIsWell,
  })

  const converse = async (connection: Connection): Promise<{ wasUseful: boolean }> => {
    const since = clock.now()
    counters.connections++
    lastError = null
    protocol = connection.protocol
    limit.told(connection.limits.maximumPacketSize)
    const publication =
      options.status === undefined
        ? null
        : publishStatus(connection, options.status, { clock, onTrouble: trouble })
    const session = startSession(connection, {
      outbox,
      forgetter,
      limit,
      clock,
      ackTimeoutMs: options.ackTimeoutMs ?? ACK_TIMEOUT_MS,
      shrink,
      onAcknowledged: ({ attempts }) => {
        counters.published++
        if (attempts > 0) counters.redelivered++
      },
      onExpired: () => {
        counters.expired++
      },
      onRefused: ({ id }, error) => refused(id, error),
      onTrouble: trouble,
      onRead: storeIsWell,
      onChange: changed,
    })
    present = { connection, session, status: publication }
    enter('online')
    const end = await session.over
    publication?.stop()
    present = null
    protocol = null
    limit.sessionEnded(end)
    if (!isClosing) trouble(end.ended.error)
    return { wasUseful: end.acknowledged > 0 || clock.now() - since >= LASTED_MS }
  }

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const { signal } = closing
      const done = (): void => {
        cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const cancel = clock.after(ms, done)
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    })

  const run = async (): Promise<void> => {
    const newWaits = () => backoff(options.backoff ?? BACKOFF)
    let waits = newWaits()
    while (!isClosing) {
      enter('connecting')
      const attempt = await connectBroker(settings, {
        protocol: protocols.next(clock.now()),
        signal: closing.signal,
        ...(options.status ? { will: { topic: options.status.topic, payload: options.status.offline } } : {}),
      })
      if ('connection' in attempt) {
        if (isClosing || !protocols.accepted()) {
          await attempt.connection.end()
          continue
        }
        const { wasUseful } = await converse(attempt.connection)
        if (wasUseful) waits = newWaits()
      } else if (!isClosing) {
        trouble(attempt.error)
        if (protocols.failed(attempt.refusal, clock.now())) continue
      }
      if (isClosing) break
      enter('offline')
      await pause(waits.next().value)
    }
  }
  const finished = run().catch(trouble)

  /** What is known of the present connection when the time is over. */
  let isGoodbyeSaid = false
  const orderlyEnd = async (): Promise<void> => {
    if (present === null) return
    const { connection, session, status: publication } = present
    await session.drain()
    await publication?.goodbye()
    isGoodbyeSaid = true
    await connection.end()
  }
  /** DISCONNECT makes a broker forget the will, and "online" would stay there for ever. */
  const abruptEnd = async (): Promise<void> => {
    if (present === null) return
    const { connection, status: publication } = present
    if (publication === null || isGoodbyeSaid) return connection.end()
    connection.destroy(codedError('MQTT_UNREACHABLE', 'the broker has not answered before the end.'))
  }

  return {
    accept: async (message) => {
      const spoken = protocol ?? protocols.next(clock.now())
      const lengthOf = (payload: Uint8Array): number =>
        packetLength(
          packetOf({ ...message, payload }, { protocol: spoken, redelivery: LONGEST_MARK, ageMs: 0 }),
          spoken,
        )
      const length = lengthOf(message.payload)
      if (length > limit.known()) {
        const smaller = shrink(message.payload, limit.known())
        if (smaller === null || lengthOf(smaller) > limit.known()) throw tooLarge(length, limit.known())
      }
      await outbox.accept(message)
      present?.session.wake()
      changed()
    },
    status,
    close: async (limitMs) => {
      if (isClosing) return finished
      isClosing = true
      closing.abort()
      let cancel = (): void => {}
      const tooLate = new Promise<void>((resolve) => {
        cancel = clock.after(Math.max(0, limitMs - END_MS), resolve)
      })
      await Promise.race([orderlyEnd().then(() => forgetter.flush()), tooLate])
      cancel()
      await abruptEnd()
      await finished
      forgetter.stop()
      enter('closed')
    },
  }
}
