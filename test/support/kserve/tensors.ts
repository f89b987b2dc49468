import { Tensor } from '../../../models/onnxruntime.ts'

/** The datatypes of the protocol that the models here have (inference_rest.md, Tensor Data Types). */
const TYPES = {
  UINT8: { onnx: 'uint8', array: Uint8Array },
  FP32: { onnx: 'float32', array: Float32Array },
} as const

type Datatype = keyof typeof TYPES

type Json = Record<string, unknown>

export class BadRequest extends Error {}

const refuse = (what: string): never => {
  throw new BadRequest(what)
}

const JSON_LENGTH = 'inference-header-content-length'

/** The JSON of a request and the binary tensors behind it. */
export const readRequest = (headers: NodeJS.Dict<string | string[]>, body: Buffer) => {
  const length = headers[JSON_LENGTH] === undefined ? body.byteLength : Number(headers[JSON_LENGTH])
  if (!(length <= body.byteLength)) refuse(`${JSON_LENGTH} is ${headers[JSON_LENGTH]}`)
  let json: Json
  try {
    json = JSON.parse(body.subarray(0, length).toString('utf8')) as Json
  } catch {
    return refuse('failed to parse the request JSON buffer')
  }
  let at = length
  const inputs = new Map<string, Tensor>()
  for (const input of asList(json.inputs, 'inputs')) {
    const { name, shape, datatype, data, parameters } = input as Json & { shape: number[] }
    const type = TYPES[datatype as Datatype] ?? refuse(`input '${name}' has the datatype ${datatype}`)
    const count = shape.reduce((product, size) => product * size, 1)
    const binary = (parameters as Json | undefined)?.binary_data_size
    let values: Uint8Array | Float32Array
    if (binary === undefined) values = type.array.from((data as unknown[]).flat(Infinity) as number[])
    else {
      const bytes = new Uint8Array(body.subarray(at, at + Number(binary)))
      at += Number(binary)
      values = new type.array(bytes.buffer, 0, Math.floor(bytes.byteLength / type.array.BYTES_PER_ELEMENT))
    }
    if (values.length !== count)
      refuse(`input '${name}' has ${values.length} values for the shape [${shape}]`)
    inputs.set(String(name), new Tensor(type.onnx, values as never, shape))
  }
  if (at !== body.byteLength) refuse(`unexpected additional input data for model`)
  return { json, inputs }
}

const asList = (value: unknown, name: string): Json[] =>
  Array.isArray(value) ? (value as Json[]) : refuse(`the request has no list '${name}'`)

/** What of the outputs was asked for, and which of them as binary data. */
export const wantedOutputs = ({ outputs, parameters }: Json, known: readonly string[]) => {
  const all = (parameters as Json | undefined)?.binary_data_output === true
  const asked = outputs === undefined ? known.map((name) => ({ name })) : asList(outputs, 'outputs')
  return asked.map((output) => {
    const { name, parameters } = output as Json
    if (!known.includes(String(name))) refuse(`unexpected inference output '${name}'`)
    const binary = (parameters as Json | undefined)?.binary_data
    return { name: String(name), isBinary: binary === undefined ? all : binary === true }
  })
}

export interface Output {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float32Array
  readonly isBinary: boolean
}

/** Headers and body of an answer. */
export const writeResponse = (
  facts: Json,
  outputs: readonly Output[],
): { readonly headers: Record<string, string>; readonly body: Buffer } => {
  const json = Buffer.from(
    JSON.stringify({
      ...facts,
      outputs: outputs.map(({ name, shape, values, isBinary }) => ({
        name,
        datatype: 'FP32',
        shape,
        ...(isBinary
          ? { parameters: { binary_data_size: values.byteLength } }
          : { data: Array.from(values) }),
      })),
    }),
  )
  const binary = outputs.filter(({ isBinary }) => isBinary)
  const tensors = binary.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength))
  return binary.length === 0
    ? { headers: { 'content-type': 'application/json' }, body: json }
    : {
        headers: { 'content-type': 'application/octet-stream', [JSON_LENGTH]: String(json.byteLength) },
        body: Buffer.concat([json, ...tensors]),
      }
}
