/**
 * The few wire types of protocol buffers that ONNX needs (https://protobuf.dev/programming-guides/encoding).
 * A message is a list of chunks, so that large payloads are never copied while it is put together.
 */
export type Message = readonly Uint8Array[]

const VARINT = 0
const LENGTH_DELIMITED = 2
const FIXED32 = 5

const varint = (value: bigint | number): Uint8Array => {
  const bytes: number[] = []
  // Negative numbers are written as 64-bit two's complement.
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    bytes.push(rest === 0n ? low : low | 0x80)
  } while (rest !== 0n)
  return Uint8Array.from(bytes)
}

const tag = (field: number, wire: number): Uint8Array => varint((field << 3) | wire)

const lengthOf = (message: Message): number => message.reduce((sum, chunk) => sum + chunk.length, 0)

export const integer = (field: number, value: bigint | number): Message => [tag(field, VARINT), varint(value)]

export const float = (field: number, value: number): Message => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return [tag(field, FIXED32), bytes]
}

export const bytes = (field: number, ...payload: Message): Message => [
  tag(field, LENGTH_DELIMITED),
  varint(lengthOf(payload)),
  ...payload,
]

export const text = (field: number, value: string): Message => bytes(field, Buffer.from(value, 'utf8'))

/** A message inside a message. */
export const message = (field: number, ...parts: readonly Message[]): Message => bytes(field, ...parts.flat())
