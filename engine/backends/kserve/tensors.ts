import { codedError, messageOf } from '../../../errors/index.ts'
import type { Prediction } from '../types.ts'
import type { Reply, Request } from './connection.ts'

/**
 * Inference requests and answers of the Open Inference Protocol v2 (`inference_rest.md`) with its binary tensor data extension: the body is a JSON
 * object, whose length stands in a header of its own, and behind it the tensors, little-endian and row-major, in the order of the JSON.
 */
const JSON_LENGTH = 'inference-header-content-length'

/** A float written as JSON has up to 25 characters with its comma, for servers that answer so. */
const JSON_BYTES_A_NUMBER = 25
const MAX_JSON_BYTES = 1024 * 1024

/** @param images uint8 [S, S, 3] each @param text float32 [2, D], or null for a model that takes none */
export const inferRequest = (
  images: readonly Uint8Array[],
  text: Float32Array | null,
  side: number,
): Pick<Request, 'headers' | 'body' | 'maxBytes'> => {
  const ofText = text === null ? [] : [tensor('text', 'FP32', [2, text.length / 2], text.byteLength)]
  const json = Buffer.from(
    JSON.stringify({
      inputs: [
        tensor('image', 'UINT8', [images.length, side, side, 3], images.length * side * side * 3),
        ...ofText,
      ],
      // No others are computed or sent.
      outputs: ['score', 'map'].map((name) => ({ name, parameters: { binary_data: true } })),
    }),
  )
  return {
    headers: { 'content-type': 'application/octet-stream', [JSON_LENGTH]: json.byteLength },
    body: [
      json,
      ...images,
      ...(text === null ? [] : [new Uint8Array(text.buffer, text.byteOffset, text.byteLength)]),
    ],
    maxBytes: MAX_JSON_BYTES + images.length * (side * side + 1) * JSON_BYTES_A_NUMBER,
  }
}

const tensor = (name: string, datatype: string, shape: readonly number[], bytes: number) => ({
  name,
  shape,
  datatype,
  parameters: { binary_data_size: bytes },
})

export interface Inferred {
  readonly predictions: Prediction[]
  /** Of the model that has answered; null where the server does not say. */
  readonly version: string | null
}

interface Output {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** @throws ENGINE_SERVER_REPLY for anything but `count` finite or other float32 scores and maps of the right shape */
export const inferAnswer = (
  reply: Pick<Reply, 'headers' | 'body'>,
  count: number,
  side: number,
): Inferred => {
  const { json, tensors } = parts(reply)
  const outputs = readOutputs(json, tensors)
  const score = shaped(outputs, 'score', [count])
  const map = shaped(outputs, 'map', [count, side, side])
  const pixels = side * side
  return {
    predictions: Array.from(score, (value, index) => ({
      score: value,
      map: map.subarray(index * pixels, (index + 1) * pixels),
    })),
    version: typeof json.model_version === 'string' ? json.model_version : null,
  }
}

export type Json = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An answer without the header is JSON alone: the extension is one, and a server need not have it. */
const parts = ({ headers, body }: Pick<Reply, 'headers' | 'body'>): { json: Json; tensors: Buffer } => {
  const given = headers[JSON_LENGTH]
  const length = given === undefined ? body.byteLength : Number(given)
  if (!Number.isInteger(length) || length < 0 || length > body.byteLength)
    throw misread(`it says that ${JSON.stringify(given)} of its ${body.byteLength} bytes are JSON`)
  return { json: parseObject(body.subarray(0, length)), tensors: body.subarray(length) }
}

/** @throws ENGINE_SERVER_REPLY */
export const parseObject = (body: Buffer): Json => {
  let found: unknown
  try {
    found = JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw misread(`it is not JSON (${messageOf(cause)})`)
  }
  if (!isRecord(found)) throw misread('it is not a JSON object')
  return found
}

const readOutputs = ({ outputs }: Json, tensors: Buffer): Output[] => {
  if (!Array.isArray(outputs) || !outputs.every(isRecord)) throw misread('it has no list of outputs')
  let at = 0
  const take = (name: unknown, bytes: number): Uint8Array => {
    if (bytes > tensors.byteLength - at)
      throw misread(`output "${name}" should have ${bytes} bytes, and ${tensors.byteLength - at} are left`)
    at += bytes
    return tensors.subarray(at - bytes, at)
  }
  return outputs.map(({ name, datatype, shape, data, parameters }) => {
    const bytes = isRecord(parameters) ? parameters.binary_data_size : undefined
    if (datatype !== 'FP32') throw misread(`output "${name}" is ${datatype}, expected FP32`)
    if (!Array.isArray(shape)) throw misread(`output "${name}" has no shape`)
    if (typeof bytes !== 'number' && !Array.isArray(data)) throw misread(`output "${name}" has no data`)
    return {
      name: String(name),
      datatype,
      shape: shape.map(Number),
      data: typeof bytes === 'number' ? floats(take(name, bytes)) : fromJson(data as unknown[]),
    }
  })
}

/** A copy: the bytes need not lie where float32 may be read in place, and the whole answer need not be kept for one map. */
const floats = (bytes: Uint8Array): Float32Array => {
  const copy = new Uint8Array(bytes)
  return new Float32Array(copy.buffer, 0, copy.byteLength >> 2)
}

/** Numbers one after the other or in rows: both are allowed. JSON has no others than finite ones, for which servers write null or text. */
const fromJson = (data: unknown[]): Float32Array =>
  Float32Array.from(data.flat(Number.POSITIVE_INFINITY), (value) =>
    typeof value === 'number' ? value : Number.NaN,
  )

/** Ones at the end do not count: Triton has scores as [N, 1], as it has no output without dimensions of its own. */
const shaped = (outputs: readonly Output[], name: string, expected: readonly number[]): Float32Array => {
  const output = outputs.find((candidate) => candidate.name === name)
  if (output === undefined)
    throw misread(`it has no output "${name}", only ${outputs.map((other) => `"${other.name}"`).join(', ')}`)
  const { shape, data } = output
  const isGood =
    expected.every((size, index) => shape[index] === size) &&
    shape.slice(expected.length).every((size) => size === 1)
  const count = expected.reduce((product, size) => product * size, 1)
  if (!isGood || data.length !== count)
    throw misread(
      `output "${name}" is [${shape.join(', ')}] with ${data.length} values, expected [${expected.join(', ')}]`,
    )
  return data
}

const misread = (what: string) =>
  codedError(
    'ENGINE_SERVER_REPLY',
    `an answer of the server cannot be used: ${what}. Check that it speaks KServe v2 and serves this model.`,
  )
