import {
  AttributeIds,
  ClientMonitoredItem,
  ClientSubscription,
  DataChangeFilter,
  DataChangeTrigger,
  type DataValue,
  DeadbandType,
  TimestampsToReturn,
} from 'node-opcua'
import { messageOf } from '../../../errors/index.ts'
import { announceByTimestamp, FIRST_ELEMENT } from './announce.ts'
import { connectionLost, refused } from './errors.ts'
import { withinLimit } from './limit.ts'
import type { Link } from './link.ts'
import { countLosses } from './losses.ts'
import { statusNameOf } from './status-code.ts'
import type { Watched } from './types.ts'

/**
 * A subscription without news still says every so often that it lives: often enough that one which a server has forgotten, while
 * it answers everything else, is noticed and replaced within 10 s.
 */
const KEEP_ALIVE_MS = 2_500

/** node-opcua asks for no fewer. */
const MIN_KEEP_ALIVES = 3

/** So long does the server keep a subscription that nobody asks about (Part 4 §5.14.2.2); after a cut it is only in the way. */
const LIFETIME_MS = 30_000

/** Keep-alives that may fail to come before the subscription is taken for dead, though the session lives. */
const MISSED_KEEP_ALIVES = 3

const CREATION_LIMIT_MS = 10_000

/** A server with a thousand items per notification would hold up everything else behind one message. */
const MAX_NOTIFICATIONS = 1_000

export interface WatchCounters {
  readonly onOverflow: () => void
  readonly onLosses: (count: number) => void
}

/**
 * One subscription in one session. When it dies while the session lives, the session is ended: both begin anew.
 * Gives the function that ends it.
 */
export const subscribe = (
  link: Link,
  items: readonly Watched[],
  publishingMs: number,
  endpointUrl: string,
  counters: WatchCounters,
): (() => void) => {
  const keepAlives = Math.max(MIN_KEEP_ALIVES, Math.ceil(KEEP_ALIVE_MS / publishingMs))
  const subscription = ClientSubscription.create(link.session, {
    requestedPublishingInterval: publishingMs,
    requestedMaxKeepAliveCount: keepAlives,
    // Part 4 §5.14.2.2: at least three times the keep-alive count.
    requestedLifetimeCount: Math.max(3 * keepAlives, Math.ceil(LIFETIME_MS / publishingMs)),
    maxNotificationsPerPublish: MAX_NOTIFICATIONS,
    publishingEnabled: true,
    priority: 1,
  })
  let over = false
  let started = false
  let wanted = true
  let silence: NodeJS.Timeout | undefined
  const lost = (why: string): void => {
    if (!over) link.end(connectionLost(endpointUrl, `its subscription has died: ${why}`), true)
  }
  const stop = (): void => {
    over = true
    clearTimeout(silence)
    forget()
  }
  const forget = link.onEnd(stop)
  const isOver = (): boolean => over
  const takeSequence = countLosses(counters.onLosses)

  subscription.on('error', (error) => lost(messageOf(error)))
  subscription.on('internal_error', (error) => lost(messageOf(error)))
  subscription.on('terminated', () => lost('the server has ended it'))
  subscription.on('status_changed', (status) => lost(status.name))
  subscription.on('raw_notification', ({ sequenceNumber, notificationData }) => {
    silence?.refresh()
    takeSequence(sequenceNumber, (notificationData ?? []).length > 0)
  })
  silence = setTimeout(() => lost('it was not made in time'), CREATION_LIMIT_MS)
  const terminate = (): void =>
    void withinLimit(subscription.terminate(), CREATION_LIMIT_MS, () => new Error('abandoned')).catch(
      () => {},
    )
  subscription.once('started', () => {
    clearTimeout(silence)
    started = true
    // Nobody wants it any more; before, there was nothing yet that the server could have been told to delete.
    if (!wanted) terminate()
    if (over) return
    // The server may have revised both.
    const keepAliveMs = subscription.publishingInterval * subscription.maxKeepAliveCount
    silence = setTimeout(
      () => lost('the server no longer tells anything of it'),
      MISSED_KEEP_ALIVES * keepAliveMs,
    )
    for (const item of items) monitor({ link, subscription, item, endpointUrl, isOver, counters })
  })

  return () => {
    if (over) return
    stop()
    wanted = false
    if (started) terminate()
  }
}

/** Part 4 §7.39.1: InfoType DataValue and the Overflow bit: the queue of the item was too short. */
const OVERFLOW_BITS = 0x480

interface Monitoring {
  readonly link: Link
  readonly subscription: ClientSubscription
  readonly item: Watched
  readonly endpointUrl: string
  readonly isOver: () => boolean
  readonly counters: WatchCounters
}

const monitor = ({ link, subscription, item, endpointUrl, isOver, counters }: Monitoring): void => {
  const begin = (asTimestamp: boolean): void => {
    const tell = (value: DataValue): void => {
      if (!isOver()) item.onChange(value)
    }
    const announcer = asTimestamp ? announceByTimestamp(link, item, tell) : null
    const monitored = ClientMonitoredItem.create(
      subscription,
      {
        nodeId: item.nodeId,
        attributeId: AttributeIds.Value,
        ...(asTimestamp ? { indexRange: FIRST_ELEMENT } : {}),
      },
      {
        samplingInterval: item.samplingMs,
        queueSize: item.queueSize,
        discardOldest: true,
        ...(asTimestamp ? { filter: ANY_CHANGE } : {}),
      },
      TimestampsToReturn.Both,
    )
    monitored.on('changed', (value: DataValue) => {
      if (!isOver() && (value.statusCode.value & OVERFLOW_BITS) === OVERFLOW_BITS) counters.onOverflow()
      if (announcer) announcer.notified(value)
      else tell(value)
    })
    monitored.on('terminated', () => announcer?.stop())
    monitored.on('err', (words: string) => {
      announcer?.stop()
      if (isOver()) return
      if (asTimestamp) return begin(false)
      item.onRefused(refused(endpointUrl, `${item.nodeId} with ${statusNameOf(new Error(words)) ?? words}`))
    })
  }
  begin(item.announce === 'timestamp')
}

const ANY_CHANGE = new DataChangeFilter({
  trigger: DataChangeTrigger.StatusValueTimestamp,
  deadbandType: DeadbandType.None,
  deadbandValue: 0,
})
