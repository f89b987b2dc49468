import { join } from 'node:path'
import { connectAsync, type IPublishPacket } from 'mqtt'
import { type Envelope, envelopeToJson } from '../../../connect/mqtt/envelope.ts'
import { openPublisher } from '../../../connect/mqtt/publisher.ts'
import type {
  BrokerSettings,
  Publisher,
  PublisherOptions,
  PublisherStatus,
} from '../../../connect/mqtt/types.ts'
import { type Outbox, type OutboxMessage, openStore } from '../../../connect/store/index.ts'
import { temporaryFolder } from '../../support/store.ts'

/** Far above what anything here takes; it only ends a test that would wait for ever, with words. */
const PATIENCE_MS = 15_000

const TOPIC = 'line/events'

/** A small event of the given number, with as many zeros in its data as are asked for. */
export const event = (
  n: number,
  { zeros = 0, ...envelope }: Partial<Envelope> & { zeros?: number } = {},
): OutboxMessage => {
  const attributes = { specversion: '1.0', id: `e-${n}`, source: '/test', type: 'test.v1' }
  return {
    id: attributes.id,
    envelope: envelopeToJson({
      topic: TOPIC,
      qos: 1,
      retain: false,
      mode: 'structured',
      attributes,
      datacontenttype: 'application/json',
      ...envelope,
    }),
    payload: Buffer.from(
      JSON.stringify({ ...attributes, data: { n, ...(zeros ? { image: '0'.repeat(zeros) } : {}) } }),
    ),
  }
}

/** As `withoutImages` does for real events. */
export const withoutZeros = (payload: Uint8Array): Uint8Array | null => {
  const { data, ...attributes } = JSON.parse(Buffer.from(payload).toString())
  return data.image === undefined
    ? null
    : Buffer.from(JSON.stringify({ ...attributes, data: { n: data.n, imageOmitted: true } }))
}

/** A store, an outbox and a publisher that tries again soon. */
export interface Line {
  readonly publisher: Publisher
  readonly outbox: Outbox
  readonly statuses: readonly PublisherStatus[]
  readonly refused: readonly { readonly id: string; readonly code: string }[]
  /** Waits for a status. */
  until(isReached: (status: PublisherStatus) => boolean): Promise<PublisherStatus>
  accept(...messages: OutboxMessage[]): Promise<void>
  close(): Promise<void>
}

export const openLine = async (
  broker: Partial<BrokerSettings> & { port: number },
  options: PublisherOptions = {},
  outboxOf: (outbox: Outbox) => Outbox = (outbox) => outbox,
): Promise<Line> => {
  const folder = await temporaryFolder()
  const { clock } = options
  const store = await openStore(join(folder.path, 'store.db'), clock ? { now: clock.now } : {})
  const outbox = outboxOf(await store.outbox('line', { maxBytes: 1e9, maxAgeMs: 1e12 }))
  const statuses: PublisherStatus[] = []
  const refused: { id: string; code: string }[] = []
  let look = (): void => {}
  const { port, ...settings } = broker
  const publisher = openPublisher(
    {
      url: `mqtt://127.0.0.1:${port}`,
      clientId: 'line',
      protocol: 'auto',
      keepaliveS: 30,
      connectTimeoutMs: 5000,
      maxPacketBytes: 1e8,
      ...settings,
    },
    outbox,
    {
      backoff: { first: 20, cap: 200, random: () => 0 },
      onRefused: (id, { code }) => refused.push({ id, code }),
      ...options,
      onStatus: (status) => {
        statuses.push(status)
        look()
      },
    },
  )
  return {
    publisher,
    outbox,
    statuses,
    refused,
    until: (isReached) =>
      new Promise((resolve, reject) => {
        const patience = setTimeout(
          () => reject(new Error(`waited in vain: ${JSON.stringify(publisher.status())}`)),
          PATIENCE_MS,
        )
        look = () => {
          const status = publisher.status()
          if (!isReached(status)) return
          clearTimeout(patience)
          look = () => {}
          resolve(status)
        }
        look()
      }),
    accept: async (...messages) => {
      await Promise.all(messages.map((message) => publisher.accept(message)))
    },
    close: async () => {
      await publisher.close(2000)
      await store.close()
      await folder.remove()
    },
  }
}

/** One who listens to everything. */
export interface Listener {
  readonly packets: readonly IPublishPacket[]
  /** Numbers of the events, in the order of arrival. */
  numbers(): number[]
  until(isEnough: (packets: readonly IPublishPacket[]) => boolean): Promise<void>
  close(): Promise<void>
}

export const numberOf = ({ payload }: IPublishPacket): number => {
  const body = JSON.parse(payload.toString())
  return body.data?.n ?? body.n
}

export const listen = async (port: number, topic = TOPIC): Promise<Listener> => {
  const packets: IPublishPacket[] = []
  let look = (): void => {}
  // A broker that is killed and comes back finds this one waiting.
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5, reconnectPeriod: 20 })
  client.on('message', (_topic, _payload, packet) => {
    packets.push(packet)
    look()
  })
  await client.subscribeAsync(topic, { qos: 2 })
  return {
    packets,
    numbers: () => packets.map(numberOf),
    until: (isEnough) =>
      new Promise((resolve, reject) => {
        const patience = setTimeout(
          () => reject(new Error(`waited in vain, ${packets.length} have arrived`)),
          PATIENCE_MS,
        )
        look = () => {
          if (!isEnough(packets)) return
          clearTimeout(patience)
          look = () => {}
          resolve()
        }
        look()
      }),
    close: () => client.endAsync(true),
  }
}

/** 0, 1, 2, … */
export const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
