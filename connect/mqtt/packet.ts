import type { StoredMessage } from '../store/types.ts'
import { type Envelope, envelopeFromJson } from './envelope.ts'

export type Protocol = '5' | '3.1.1'

/** A PUBLISH packet, as far as we decide about it. */
export interface Packet {
  readonly topic: string
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
  readonly payload: Buffer
  /** MQTT 5 only. */
  readonly properties?: PacketProperties
}

export interface PacketProperties {
  readonly payloadFormatIndicator?: boolean
  /** Seconds. */
  readonly messageExpiryInterval?: number
  readonly contentType?: string
  readonly correlationData?: Buffer
  readonly userProperties?: Record<string, string>
}

/** What a broker told when it accepted the connection (MQTT 5.0 §3.2.2.3); of a 3.1.1 broker nothing is known. */
export interface BrokerLimits {
  readonly receiveMaximum: number
  readonly maximumPacketSize: number
  readonly maximumQos: 0 | 1 | 2
  readonly retainAvailable: boolean
}

export const NO_LIMITS: BrokerLimits = {
  receiveMaximum: 65_535,
  maximumPacketSize: Number.POSITIVE_INFINITY,
  maximumQos: 2,
  retainAvailable: true,
}

export interface Sending {
  readonly protocol: Protocol
  /** How often it was sent before; a copy is marked, so that a subscriber can look whether it has the first. */
  readonly redelivery: number
  /** Since it was accepted. */
  readonly ageMs: number
  readonly limits?: BrokerLimits
}

/** More than any event is ever sent: a copy that has its mark must not be larger than what was accepted. */
export const LONGEST_MARK = 9_999_999

/** Of a whole event (CloudEvents JSON format 1.0 §4). */
const EVENT_TYPE = 'application/cloudevents+json'

export const isExpired = ({ expiryMs = Number.POSITIVE_INFINITY }: Envelope, ageMs: number): boolean =>
  ageMs >= expiryMs

/**
 * The packet that brings a stored event to a broker: CloudEvents MQTT binding 1.0, binary mode (§3.1) where that is asked
 * for and user properties exist, else structured mode (§3.2). A copy carries the extension attribute `redelivery`.
 */
export const packetOf = (
  { envelope: json, payload }: Pick<StoredMessage, 'envelope' | 'payload'>,
  { protocol, redelivery, ageMs, limits = NO_LIMITS }: Sending,
): Packet => {
  const envelope = envelopeFromJson(json)
  const event = asBuffer(payload)
  const mark: Record<string, string> = redelivery > 0 ? { redelivery: String(redelivery) } : {}
  const common = {
    topic: envelope.topic,
    // A broker that was sent more than it allows ends the connection (§3.2.2.3.4, §3.2.2.3.5).
    qos: Math.min(envelope.qos, limits.maximumQos) as Packet['qos'],
    retain: envelope.retain && limits.retainAvailable,
  }
  if (protocol === '3.1.1') return { ...common, payload: marked(event, redelivery) }
  const { expiryMs, correlationData } = envelope
  const shared = {
    ...(expiryMs === undefined
      ? {}
      : { messageExpiryInterval: Math.max(1, Math.ceil((expiryMs - ageMs) / 1000)) }),
    ...(correlationData === undefined
      ? {}
      : { correlationData: Buffer.from(correlationData.text, correlationData.encoding) }),
  }
  if (envelope.mode === 'structured')
    return {
      ...common,
      payload: marked(event, redelivery),
      properties: {
        payloadFormatIndicator: true,
        contentType: EVENT_TYPE,
        ...shared,
        ...(redelivery > 0 ? { userProperties: mark } : {}),
      },
    }
  const { payload: data, isText } = dataOf(event, envelope.datacontenttype)
  return {
    ...common,
    payload: data,
    properties: {
      ...(isText ? { payloadFormatIndicator: true } : {}),
      contentType: envelope.datacontenttype,
      ...shared,
      userProperties: { ...envelope.attributes, ...mark },
    },
  }
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

/** The event with its mark, put in front without reading the rest: an event may carry an image of megabytes. */
const marked = (event: Buffer, redelivery: number): Buffer =>
  redelivery === 0 || event[0] !== 0x7b
    ? event
    : Buffer.concat([Buffer.from(`{"redelivery":${redelivery},`), event.subarray(1)])

/** Payload of binary mode: the data alone, without its envelope (CloudEvents JSON format 1.0 §3.1). */
const dataOf = (event: Buffer, datacontenttype: string): { payload: Buffer; isText: boolean } => {
  const { data, data_base64 } = JSON.parse(event.toString()) as { data?: unknown; data_base64?: string }
  if (data_base64 !== undefined) return { payload: Buffer.from(data_base64, 'base64'), isText: false }
  if (data === undefined) return { payload: Buffer.alloc(0), isText: false }
  // A string is the JSON document "…" where the type is JSON, and the text itself where it is not.
  const isJson = typeof data !== 'string' || /[/+]json\b/i.test(datacontenttype)
  return { payload: Buffer.from(isJson ? JSON.stringify(data) : data), isText: true }
}

/** Strings and binary data carry their length in two bytes (MQTT 5.0 §1.5.4, §1.5.6). */
const LONGEST_FIELD = 65_535

/** Remaining Length is at most 268,435,455 (MQTT 5.0 §1.5.5). */
const LONGEST_REST = 268_435_455

/**
 * Length of the packet on the wire in bytes, all of it: what Maximum Packet Size counts (MQTT 5.0 §3.2.2.3.6). Infinite
 * for what no packet can carry.
 */
export const packetLength = (
  { topic, qos, payload, properties = {} }: Packet,
  protocol: Protocol,
): number => {
  const rest =
    field(topic) +
    (qos === 0 ? 0 : 2) +
    (protocol === '5' ? withLength(propertiesLength(properties)) : 0) +
    payload.length
  return rest > LONGEST_REST ? Number.POSITIVE_INFINITY : 1 + withLength(rest)
}

/** Each property is its identifier, one byte, and its value (MQTT 5.0 §2.2.2.2). */
const propertiesLength = ({
  payloadFormatIndicator,
  messageExpiryInterval,
  contentType,
  correlationData,
  userProperties = {},
}: PacketProperties): number =>
  (payloadFormatIndicator === undefined ? 0 : 1 + 1) +
  (messageExpiryInterval === undefined ? 0 : 1 + 4) +
  (contentType === undefined ? 0 : 1 + field(contentType)) +
  (correlationData === undefined ? 0 : 1 + field(correlationData)) +
  Object.entries(userProperties).reduce((sum, [key, value]) => sum + 1 + field(key) + field(value), 0)

const field = (value: string | Buffer): number => {
  const bytes = Buffer.byteLength(value)
  return bytes > LONGEST_FIELD ? Number.POSITIVE_INFINITY : 2 + bytes
}

/** So many bytes and their number before them, as a variable byte integer (MQTT 5.0 §1.5.5). */
const withLength = (bytes: number): number =>
  (bytes < 128 ? 1 : bytes < 16_384 ? 2 : bytes < 2_097_152 ? 3 : 4) + bytes
