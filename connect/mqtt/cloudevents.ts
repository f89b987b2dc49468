import { type AnomalyEvent, withoutInline } from '../../inspection/event/index.ts'
import type { OutboxMessage } from '../store/types.ts'
import { type Envelope, envelopeToJson } from './envelope.ts'

/** How the events of one node are published. */
export interface EventDelivery {
  readonly qos: Envelope['qos']
  readonly retain: boolean
  readonly mode: Envelope['mode']
  /** null = for ever. */
  readonly expiryMs: number | null
}

export interface Addressed {
  readonly topic: string
  /** `msg.correlationData`: a Buffer or text; without one it is the event's id. */
  readonly correlationData?: unknown
}

/**
 * The message that brings one event to a broker. Its id is the inspection's, so that accepting the same inspection twice
 * keeps one, and a subscriber knows a copy.
 */
export const messageOfEvent = (
  event: AnomalyEvent,
  { qos, retain, mode, expiryMs }: EventDelivery,
  { topic, correlationData }: Addressed,
): OutboxMessage => {
  const { data: _data, datacontenttype, ...attributes } = event
  const envelope: Envelope = {
    topic,
    qos,
    retain,
    mode,
    attributes,
    datacontenttype,
    correlationData: correlationOf(correlationData) ?? { text: event.id, encoding: 'utf8' },
    ...(expiryMs === null ? {} : { expiryMs }),
  }
  return { id: event.id, envelope: envelopeToJson(envelope), payload: payloadOf(event) }
}

/**
 * The payload of an event without its mask or overlay, for a broker that takes less: `data.imageOmitted` then says what is
 * missing. Null when there is none in it. Only for payloads that `messageOfEvent` made.
 * @param limit bytes that the packet may have
 */
export const withoutImages = (payload: Uint8Array, limit: number): Uint8Array | null => {
  const lighter = withoutInline(JSON.parse(Buffer.from(payload).toString()) as AnomalyEvent, limit)
  return lighter === null ? null : payloadOf(lighter)
}

/** Structured mode: the whole event as JSON (CloudEvents MQTT binding §3.2). */
const payloadOf = (event: AnomalyEvent): Uint8Array => Buffer.from(JSON.stringify(event))

/** What is neither text nor bytes was left there by an earlier node, and is none of ours. */
const correlationOf = (found: unknown): Envelope['correlationData'] => {
  if (typeof found === 'string' && found !== '') return { text: found, encoding: 'utf8' }
  if (!Buffer.isBuffer(found) || found.length === 0) return undefined
  return { text: found.toString('base64'), encoding: 'base64' }
}
