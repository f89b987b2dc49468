import { join } from 'node:path'
import {
  brokerName,
  messageOfEvent,
  openPublisher,
  type Publisher,
  withoutImages,
} from '../../connect/mqtt/index.ts'
import { type Store, sharedStore } from '../../connect/store/index.ts'
import { type CodedError, codedError, isCodedError, messageOf } from '../../errors/index.ts'
import type { AnomalyEvent } from '../../inspection/event/index.ts'
import { type Node, type NodeAPI, onClose, statusOf, userDirOf } from '../wiring/index.ts'
import { logChanges } from './log.ts'
import type { PublishSettings } from './settings.ts'
import { dotFor } from './status.ts'
import { statusMessages } from './status-topic.ts'

/** Of a node that publishes by itself. */
export interface Publishing {
  /**
   * Resolves once the event is on the disk: from then on it reaches the broker, whatever happens.
   * @throws MQTT_TOPIC, MQTT_TOO_LARGE, STORE_…
   */
  accept(event: AnomalyEvent, correlationData: unknown): Promise<void>
}

interface Opened {
  readonly store: Store
  readonly publisher: Publisher
}

/** Together they stay below the limit for closing a node. */
const FLUSH_MS = 2_500
const GOODBYE_MS = 1_500

/** A store that is in use by a process that is just ending is soon free. */
const REOPEN_MS = 10_000

export const startPublishing = (RED: NodeAPI, node: Node, settings: PublishSettings): Publishing => {
  const show = statusOf(node)
  const log = logChanges(node, brokerName(settings.broker.url))
  /** Code of why nothing can be accepted. */
  let fault: string | null = null
  let publisher: Publisher | null = null
  let isClosed = false

  const showDot = (): void => {
    if (fault !== null) show({ fill: 'red', shape: 'ring', text: fault })
    else if (publisher !== null) show(dotFor(publisher.status()))
  }
  const faulty = (thrown: unknown): void => {
    fault = isCodedError(thrown) ? thrown.code : 'NODE_UNEXPECTED'
    showDot()
  }

  const open = async (): Promise<Opened> => {
    const store = await sharedStore(join(userDirOf(RED), 'anomalyclip', 'store.sqlite'))
    try {
      const outbox = await store.outbox(node.id, settings.limits)
      const opened = openPublisher(settings.broker, outbox, {
        ...statusMessages(settings.statusTopic, () => opened.status()),
        shrink: withoutImages,
        onRefused: (id, error) => tellRefused(node, id, error),
        onStatus: (status) => {
          log(status)
          showDot()
        },
      })
      publisher = opened
      fault = null
      showDot()
      return { store, publisher: opened }
    } catch (thrown) {
      await store.close()
      throw thrown
    }
  }

  let reopening: NodeJS.Timeout | undefined
  /** What waits from before the last restart is to be sent without a new event, too. */
  const openFromNowOn = (): Promise<Opened> => {
    const attempt = open()
    attempt.catch((thrown: unknown) => {
      if (isClosed) return
      if (fault === null) node.error(messageOf(thrown))
      faulty(thrown)
      reopening = setTimeout(() => {
        opening = openFromNowOn()
      }, REOPEN_MS)
    })
    return attempt
  }
  let opening = openFromNowOn()

  onClose(node, async (removed) => {
    isClosed = true
    clearTimeout(reopening)
    const opened = await opening.catch(() => null)
    if (opened === null) return
    if (removed) await flushed(opened.publisher, FLUSH_MS)
    await opened.publisher.close(GOODBYE_MS)
    const { waiting } = opened.publisher.status()
    if (removed && waiting > 0)
      node.warn(
        `events left in the store: ${waiting}; they are sent once a node with the id ${node.id} is back`,
      )
    await opened.store.close()
  })

  return {
    accept: async (event, correlationData) => {
      const topic = settings.topicOf(event)
      const message = messageOfEvent(event, settings.delivery, { topic, correlationData })
      const opened = await opening
      try {
        await opened.publisher.accept(message)
        if (fault === null) return
        fault = null
        showDot()
      } catch (thrown) {
        // A message that is too large says nothing about the next.
        if (!isCodedError(thrown, 'MQTT_TOO_LARGE') && !isCodedError(thrown, 'STORE_TOO_LARGE'))
          faulty(thrown)
        throw thrown
      }
    },
  }
}

/** The broker, or the limit, was told after the event had been accepted and its message had gone on. */
const tellRefused = (node: Node, id: string, error: CodedError): void => {
  const { code, message } = error
  const why = message.replace(`${code}: `, '')
  node.error(
    codedError(code, `the event ${id} had been accepted and is not published: ${why}`, { cause: error }),
    { payload: { id } },
  )
}

/** When nothing waits any more, there is no connection, or it takes too long. */
const flushed = async (publisher: Publisher, limitMs: number): Promise<void> => {
  const isThrough = (): boolean => {
    const { state, waiting } = publisher.status()
    return state !== 'online' || waiting === 0
  }
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = setInterval(() => isThrough() && resolve(), 20)
  const late = setTimeout(resolve, limitMs)
  if (isThrough()) resolve()
  await promise
  clearInterval(look)
  clearTimeout(late)
}
