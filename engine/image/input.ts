import { types } from 'node:util'
import { codedError, messageOf } from '../../errors/index.ts'
import type { ImageInput } from '../types.ts'
import { firstCharacters, sniffFormat, unknownFormat } from './format.ts'
import { checkRaw, type RawImage } from './raw.ts'
import { imageMetric, isBytesType, readSparkplug, type SparkplugPayload } from './sparkplug.ts'
import { bytesFromText, looksLikeText } from './text.ts'

/** Properties under which an object or JSON text may carry its image; the first that is there counts. */
const CARRIERS = ['image', 'data', 'payload', 'content', 'bytes'] as const

/** A message within a message within a message; an object that contains itself has no end. */
const MAX_NESTING = 4

/** Enough of a Buffer to tell text from binary data. */
const TEXT_START = 64

/**
 * Finds the image in whatever a flow sends; cheap, for the flow's own process: nothing is decoded, bytes are not copied.
 *
 * Taken are an encoded image (JPEG, PNG, WebP, TIFF, GIF, BMP) as Buffer (so also an OPC UA ByteString), Uint8Array or
 * ArrayBuffer, as JSON makes of a Buffer (`{type: 'Buffer', data: […]}`), as base64 text or data URL; raw pixels as
 * `{data, width, height, channels}`, 8 bits a sample or a Uint16Array; an object or JSON text that carries one of these
 * under `image`, `data`, `payload`, `content` or `bytes`; a Sparkplug B payload with a metric of type Bytes, as it comes
 * over MQTT or as an object; and a Buffer that holds such text, as MQTT delivers it.
 *
 * @throws IMAGE_EMPTY, IMAGE_TYPE, IMAGE_TEXT, IMAGE_CARRIER, IMAGE_RAW, IMAGE_FORMAT
 */
export const imageFrom = (payload: unknown): ImageInput => read(payload, ['input'])

/** `path` says where in the payload the value was found, outermost first. */
const read = (value: unknown, path: readonly string[]): ImageInput => {
  const where = path.join('.')
  if (value === null || value === undefined) throw empty(where, String(value))
  if (path.length > MAX_NESTING)
    throw codedError('IMAGE_CARRIER', `${where} is nested too deep; send the image itself`)
  if (typeof value === 'string') return readText(value, path)
  const bytes = bytesOf(value, where)
  if (bytes) return readBytes(bytes, path)
  if (isRecord(value)) return readRecord(value, path)
  throw codedError(
    'IMAGE_TYPE',
    `${where} is ${describe(value)}, expected a Buffer, base64 text, an object that carries one, or raw pixels {data, width, height, channels}`,
  )
}

const readBytes = (bytes: Uint8Array, path: readonly string[]): ImageInput => {
  const where = path.join('.')
  if (bytes.byteLength === 0) throw empty(where, 'a Buffer of 0 bytes')
  if (sniffFormat(bytes)) return { kind: 'encoded', data: bytes }
  // A byte order mark in UTF-8 stands before what some Windows programs write.
  const start = firstCharacters(bytes, TEXT_START)
    .replace(/^\xef\xbb\xbf/, '')
    .trim()
  if (!start.startsWith('{') && !looksLikeText(start)) {
    const sparkplug = readSparkplug(bytes)
    if (sparkplug) return readPayload(sparkplug, path)
    throw unknownFormat(bytes, where)
  }
  return readText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), path)
}

const readText = (untrimmed: string, path: readonly string[]): ImageInput => {
  const where = path.join('.')
  const text = untrimmed.trim()
  if (text === '') throw empty(where, 'text without a character')
  if (text.startsWith('{')) return read(parseJson(text, where), path)
  const data = bytesFromText(text, where)
  if (data.byteLength === 0) throw empty(where, 'a data URL without data')
  if (!sniffFormat(data)) throw unknownFormat(data, where)
  return { kind: 'encoded', data }
}

const readRecord = (record: Record<string, unknown>, path: readonly string[]): ImageInput => {
  if (['data', 'width', 'height', 'channels'].every((name) => record[name] !== undefined))
    return readRaw(record)
  const carrier = CARRIERS.find((name) => record[name] !== undefined && record[name] !== null)
  if (carrier) return read(record[carrier], [...path, carrier])
  if (Array.isArray(record.metrics)) return readMetrics(record.metrics, path)
  throw codedError(
    'IMAGE_CARRIER',
    `${path.join('.')} is ${describe(record)}, expected the image under ${CARRIERS.join(', ')}, or raw pixels {data, width, height, channels}`,
  )
}

const readPayload = ({ metrics, body }: SparkplugPayload, path: readonly string[]): ImageInput => {
  const withBytes = metrics.filter(({ value }) => value !== null)
  if (withBytes.length === 0 && body) return read(body, [...path, 'body'])
  const { name, value } = imageMetric(withBytes, path.join('.'))
  return read(value, [...path, `metrics[${name}]`])
}

/** As programs write a Sparkplug payload in JSON: `{metrics: [{name, type: 'Bytes', value}]}`. */
const readMetrics = (metrics: readonly unknown[], path: readonly string[]): ImageInput => {
  const withBytes = metrics.filter(isRecord).flatMap(({ name, type, dataType = type, value }) => {
    // Data messages may leave the type to the birth message; bytes are bytes then.
    const isOfBytes = isBytesType(dataType) || (dataType === undefined && types.isUint8Array(value))
    if (!isOfBytes || value === undefined || value === null) return []
    return [{ name: typeof name === 'string' ? name : '', value }]
  })
  const { name, value } = imageMetric(withBytes, path.join('.'))
  const within = [...path, `metrics[${name}]`]
  return read(Array.isArray(value) ? bytesOfList(value, within.join('.')) : value, within)
}

const readRaw = ({ data, width, height, channels }: Record<string, unknown>): ImageInput => {
  const samples = samplesOf(data)
  // The names are those of RawImage; checkRaw looks at what is under them.
  const raw = { kind: 'raw', data: samples, width, height, channels } as RawImage
  checkRaw(raw)
  return raw
}

const samplesOf = (data: unknown): Uint8Array | Uint16Array => {
  if (types.isUint16Array(data)) return new Uint16Array(data.buffer, data.byteOffset, data.length)
  const bytes = typeof data === 'string' ? bytesFromText(data.trim(), 'data') : bytesOf(data, 'data')
  if (bytes) return bytes
  throw codedError(
    'IMAGE_TYPE',
    `data of raw pixels is ${describe(data)}, expected a Buffer, Uint8Array, Uint16Array or base64 text`,
  )
}

/**
 * The bytes of what holds bytes, not copied; undefined for everything else. Asked by type and viewed anew, because what
 * a function node makes comes from another realm, where `instanceof` fails.
 */
const bytesOf = (value: unknown, where: string): Uint8Array | undefined => {
  if (value instanceof Uint8Array) return value
  if (types.isUint8Array(value) || types.isUint8ClampedArray(value))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value)
  if (isRecord(value) && value.type === 'Buffer' && Array.isArray(value.data))
    return bytesOfList(value.data, where)
  return undefined
}

const bytesOfList = (list: readonly unknown[], where: string): Uint8Array => {
  const wrong = list.findIndex((item) => typeof item !== 'number' || (item & 0xff) !== item)
  if (wrong === -1) return Uint8Array.from(list as readonly number[])
  throw codedError(
    'IMAGE_TYPE',
    `${where} is a Buffer in JSON's notation whose entry ${wrong} is ${describe(list[wrong])}, expected whole numbers from 0 to 255`,
  )
}

const parseJson = (text: string, where: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw codedError(
      'IMAGE_TEXT',
      `${where} holds text that begins like JSON and is none (${messageOf(cause)})`,
      { cause },
    )
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

const empty = (where: string, found: string) =>
  codedError(
    'IMAGE_EMPTY',
    `${where} is ${found}, expected an image; is the right property of the message chosen?`,
  )

const describe = (value: unknown): string => {
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`
  if (!isRecord(value))
    return typeof value === 'function' ? 'a function' : `the ${typeof value} ${String(value)}`
  const names = Object.keys(value)
  return names.length === 0
    ? 'an object without properties'
    : `an object with the properties ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`
}
