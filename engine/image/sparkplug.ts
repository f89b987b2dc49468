import { codedError } from '../../errors/index.ts'

/** What of a Sparkplug B payload can be an image (Eclipse Tahu, sparkplug_b.proto). */
export interface SparkplugPayload {
  readonly metrics: readonly Metric<Uint8Array | null>[]
  /** `Payload.body`: bytes beside the metrics. */
  readonly body: Uint8Array | null
}

export interface Metric<T> {
  /** '' where the edge node sends its alias only. */
  readonly name: string
  readonly value: T
}

/** An edge node has some hundreds; what announces more is not looked through. */
const MAX_FIELDS = 10_000

/** Numbers of sparkplug_b.proto. */
const PAYLOAD = { timestamp: 1, metrics: 2, seq: 3, uuid: 4, body: 5 }
const METRIC = { name: 1, datatype: 4, isNull: 7, bytes: 16 }
/** Wire type that each field of Metric is sent with, from 1 on: name, alias, … , extension_value. */
const METRIC_WIRES = [2, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 5, 1, 0, 2, 2, 2, 2, 2]
const PAYLOAD_WIRES = [0, 2, 0, 2, 2]
/** DataType.Bytes and DataType.File; both hold their value in `bytes_value`. */
const BYTES_TYPES: readonly (number | Uint8Array)[] = [17, 18]

/**
 * Reads a Sparkplug B payload. Nothing is copied, and nothing is believed: null for bytes that are not from their first to
 * their last such a payload with a metric or a body in it.
 */
export const readSparkplug = (bytes: Uint8Array): SparkplugPayload | null => {
  const fields = fieldsOf(bytes, PAYLOAD_WIRES)
  if (fields === null) return null
  const metrics: Metric<Uint8Array | null>[] = []
  let body: Uint8Array | null = null
  for (const { number, value } of fields) {
    if (typeof value === 'number') continue
    if (number === PAYLOAD.body) body = value
    if (number !== PAYLOAD.metrics) continue
    const metric = metricOf(value)
    if (metric === null) return null
    metrics.push(metric)
  }
  return metrics.length > 0 || body !== null ? { metrics, body } : null
}

const metricOf = (bytes: Uint8Array): Metric<Uint8Array | null> | null => {
  const fields = fieldsOf(bytes, METRIC_WIRES)
  if (fields === null) return null
  const last = (number: number) => fields.findLast((field) => field.number === number)?.value
  const [name, value] = [last(METRIC.name), last(METRIC.bytes)]
  // Data messages may leave the type to the birth message.
  const isOfBytes = BYTES_TYPES.includes(last(METRIC.datatype) ?? 17) && !last(METRIC.isNull)
  return {
    name: typeof name === 'object' ? Buffer.from(name).toString() : '',
    value: typeof value === 'object' && isOfBytes ? value : null,
  }
}

/** Names of the types whose value is bytes, as programs write them that make JSON of Sparkplug. */
export const isBytesType = (type: unknown): boolean =>
  typeof type === 'string' ? /^(bytes|file)$/i.test(type) : type === 17 || type === 18

/**
 * The metric that is the image: the only one with bytes, or of several the one whose name is or ends in `image`.
 * @throws IMAGE_CARRIER
 */
export const imageMetric = <T>(metrics: readonly Metric<T>[], where: string): Metric<T> => {
  const [only, ...others] = metrics
  if (only !== undefined && others.length === 0) return only
  const [named, ...rivals] = metrics.filter(({ name }) => /(^|\/)image$/i.test(name.trim()))
  if (named !== undefined && rivals.length === 0) return named
  const found = metrics.slice(0, 8).map(({ name }) => `"${name}"`)
  throw codedError(
    'IMAGE_CARRIER',
    only === undefined
      ? `${where} is a Sparkplug payload without a metric of type Bytes that has a value, expected one with the image`
      : `${where} is a Sparkplug payload with ${metrics.length} metrics of type Bytes (${found.join(', ')}), expected one, or ` +
          'one of them named "image"; name it so or choose the metric before this node',
  )
}

interface Field {
  readonly number: number
  /** A number where the wire type is 0 (VARINT), else its bytes. */
  readonly value: number | Uint8Array
}

/** The fields of a Protocol Buffers message whose wire types are those given; null where it is no such message. */
const fieldsOf = (bytes: Uint8Array, wires: readonly number[]): readonly Field[] | null => {
  const fields: Field[] = []
  let at = 0
  /** Base 128, the low seven bits first, ten bytes at most; -1 for what is none. */
  const varint = (): number => {
    let value = 0
    for (let scale = 0; scale < 10; scale++) {
      const byte = bytes[at++]
      if (byte === undefined) return -1
      value += (byte & 0x7f) * 2 ** (7 * scale)
      if (byte < 0x80) return value
    }
    return -1
  }
  while (at < bytes.length) {
    const tag = varint()
    const [number, wire] = [Math.floor(tag / 8), tag % 8]
    if (tag < 0 || wires[number - 1] !== wire || fields.length === MAX_FIELDS) return null
    const sent = wire === 1 ? 8 : wire === 5 ? 4 : varint()
    if (sent < 0) return null
    if (wire === 0) {
      fields.push({ number, value: sent })
      continue
    }
    if (sent > bytes.length - at) return null
    fields.push({ number, value: bytes.subarray(at, at + sent) })
    at += sent
  }
  return fields
}
