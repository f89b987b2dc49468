import type { Attribute, Constant, Node, Value } from './graph.ts'
import { bytes, float, integer, type Message, message, text } from './protobuf.ts'
import { ELEMENT_TYPES, type TensorData } from './tensor.ts'

// Field numbers: onnx/onnx.proto, as of IR version 8.
const IR_VERSION = 8
/** LayerNormalization came with 17; later sets move attributes to inputs, which some hosts read later. */
const OPSET = 17
const EXTERNAL = 1

const attributeProto = (name: string, value: Attribute): Message => {
  const type = (id: number) => integer(20, id)
  if (typeof value === 'number') return message(5, text(1, name), float(2, value), type(1))
  if (typeof value === 'bigint') return message(5, text(1, name), integer(3, value), type(2))
  if (typeof value === 'string') return message(5, text(1, name), text(4, value), type(3))
  return message(5, text(1, name), ...value.map((item) => integer(8, item)), type(7))
}

const nodeProto = (node: Node): Message =>
  message(
    1,
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    text(3, node.name),
    text(4, node.op),
    ...Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
    ...(node.domain === '' ? [] : [text(7, node.domain)]),
  )

/** An input or output of a file, as the file itself states it. */
export type Signature = Pick<Value, 'name' | 'type' | 'shape'>

const valueProto = (field: number, { name, type, shape }: Signature): Message => {
  const dims = shape.map((dim) => message(1, dim === 'N' ? text(2, dim) : integer(1, dim)))
  return message(
    field,
    text(1, name),
    message(2, message(1, integer(1, ELEMENT_TYPES[type].onnx), message(2, ...dims))),
  )
}

/** Where a constant's bytes are: in the file itself, or in the file beside it. */
export type Placement =
  | { readonly inline: TensorData[keyof TensorData] }
  | { readonly file: string; readonly offset: number; readonly length: number }

const externalEntry = (key: string, value: string | number): Message =>
  message(13, text(1, key), text(2, String(value)))

const tensorProto = ({ name, type, shape }: Constant, placement: Placement): Message =>
  message(
    5,
    ...shape.map((dim) => integer(1, dim)),
    integer(2, ELEMENT_TYPES[type].onnx),
    text(8, name),
    ...('inline' in placement
      ? [
          bytes(
            9,
            new Uint8Array(placement.inline.buffer, placement.inline.byteOffset, placement.inline.byteLength),
          ),
        ]
      : [
          externalEntry('location', placement.file),
          externalEntry('offset', placement.offset),
          externalEntry('length', placement.length),
          integer(14, EXTERNAL),
        ]),
  )

export interface ModelParts {
  readonly name: string
  readonly nodes: readonly Node[]
  readonly inputs: readonly Signature[]
  readonly outputs: readonly Signature[]
  readonly constants: readonly (readonly [Constant, Placement])[]
  readonly producer: string
}

/** ModelProto of the parts, as chunks to be written one after the other. */
export const modelProto = ({ name, nodes, inputs, outputs, constants, producer }: ModelParts): Message => {
  const domains = new Set(nodes.map((node) => node.domain).filter((domain) => domain !== ''))
  return [
    integer(1, IR_VERSION),
    text(2, producer),
    message(
      7,
      ...nodes.map(nodeProto),
      text(2, name),
      ...constants.map(([constant, placement]) => tensorProto(constant, placement)),
      ...inputs.map((value) => valueProto(11, value)),
      ...outputs.map((value) => valueProto(12, value)),
    ),
    message(8, integer(2, OPSET)),
    ...[...domains].map((domain) => message(8, text(1, domain), integer(2, 1))),
  ].flat()
}
