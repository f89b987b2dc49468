import type { Signature } from '../graph/index.ts'
import { bytes } from '../graph/protobuf.ts'
import { type Field, readFields } from '../graph/read-protobuf.ts'
import { type Dim, ELEMENT_TYPES, type ElementType } from '../graph/tensor.ts'

/** What has to be known of an ONNX file before it is compiled. */
export interface OnnxFile {
  readonly inputs: readonly Signature[]
  readonly outputs: readonly Signature[]
  /** Operators that are not ONNX's own, `com.microsoft.MultiHeadAttention`. */
  readonly foreignOps: readonly string[]
  /** Whether any weight is in fp16: types are then to be kept as they are. */
  readonly hasHalf: boolean
  /** The same file with these outputs alone; what only the others need is left for the compiler to drop. */
  withOutputs(names: readonly string[]): Uint8Array
}

// Field numbers: onnx/onnx.proto, as of IR version 8.
const MODEL = { graph: 7 } as const
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 } as const
const NODE = { op: 4, domain: 7 } as const
const TENSOR_DATA_TYPE = 2
const VALUE = { name: 1, type: 2 } as const

/**
 * Reads an ONNX file without its weights.
 * @throws RangeError where it is none, or has a type that none of our graphs has
 */
export const readOnnx = (file: Uint8Array): OnnxFile => {
  const graph = messageIn(file, MODEL.graph)
  if (graph === null) throw new RangeError('there is no graph in it')
  const all = (number: number) => [...readFields(graph)].filter((field) => field.number === number)
  const ops = all(GRAPH.node).map(({ bytes }) => opOf(bytes!))
  return {
    inputs: all(GRAPH.input).map(({ bytes }) => signatureOf(bytes!)),
    outputs: all(GRAPH.output).map(({ bytes }) => signatureOf(bytes!)),
    foreignOps: [...new Set(ops.filter((op) => op.includes('.')))],
    hasHalf: all(GRAPH.initializer).some(
      ({ bytes }) => integerIn(bytes!, TENSOR_DATA_TYPE) === ELEMENT_TYPES.float16.onnx,
    ),
    withOutputs: (names) => {
      const isKept = ({ number, bytes }: Field) =>
        number !== GRAPH.output || names.includes(signatureOf(bytes!).name)
      const kept = [...readFields(graph)].filter(isKept).map(({ whole }) => whole)
      const parts = [...readFields(file)].flatMap(({ number, whole }) =>
        number === MODEL.graph ? bytes(MODEL.graph, ...kept) : [whole],
      )
      return Buffer.concat(parts)
    },
  }
}

const fieldIn = (message: Uint8Array, number: number): Field | null => {
  for (const field of readFields(message)) if (field.number === number) return field
  return null
}

const messageIn = (message: Uint8Array, number: number): Uint8Array | null =>
  fieldIn(message, number)?.bytes ?? null

const integerIn = (message: Uint8Array, number: number): number | null => {
  const integer = fieldIn(message, number)?.integer ?? null
  return integer === null ? null : Number(integer)
}

const textIn = (message: Uint8Array, number: number): string =>
  Buffer.from(messageIn(message, number) ?? []).toString('utf8')

const opOf = (node: Uint8Array): string => {
  const domain = textIn(node, NODE.domain)
  const op = textIn(node, NODE.op)
  return domain === '' || domain === 'ai.onnx' ? op : `${domain}.${op}`
}

/** ValueInfoProto: name = 1, type = 2 (TypeProto: tensor_type = 1 (elem_type = 1, shape = 2)). */
const signatureOf = (value: Uint8Array): Signature => {
  const tensor = messageIn(messageIn(value, VALUE.type) ?? new Uint8Array(), 1) ?? new Uint8Array()
  const id = integerIn(tensor, 1)
  const type = (Object.keys(ELEMENT_TYPES) as ElementType[]).find((one) => ELEMENT_TYPES[one].onnx === id)
  const name = textIn(value, VALUE.name)
  if (type === undefined) throw new RangeError(`"${name}" has the element type ${id}`)
  const shape = [...readFields(messageIn(tensor, 2) ?? new Uint8Array())].map(({ bytes }) => dimOf(bytes!))
  return { name, type, shape }
}

/** TensorShapeProto.Dimension: dim_value = 1, else a name, of which our graphs have one. */
const dimOf = (dim: Uint8Array): Dim => integerIn(dim, 1) ?? 'N'
