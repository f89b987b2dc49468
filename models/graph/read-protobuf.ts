/** One field of a message of protocol buffers (https://protobuf.dev/programming-guides/encoding). */
export interface Field {
  readonly number: number
  /** Of a varint. */
  readonly integer: bigint | null
  /** Of a length-delimited field: text, a message, or bytes. */
  readonly bytes: Uint8Array | null
  /** The field as it stands, with its tag. */
  readonly whole: Uint8Array
}

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5

/**
 * The fields of a message, in the order of the file; nothing is copied.
 * @throws RangeError where the bytes are no such message
 */
export function* readFields(message: Uint8Array): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = message[at++]
      if (byte === undefined) throw new RangeError('a message ends within a number')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a number has more than 64 bits')
  }
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw new RangeError('a message ends within a field')
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const start = at
    const tag = varint()
    const wire = Number(tag & 7n)
    let integer: bigint | null = null
    let bytes: Uint8Array | null = null
    if (wire === VARINT) integer = varint()
    else if (wire === LENGTH_DELIMITED) bytes = take(Number(varint()))
    else if (wire === FIXED64) take(8)
    else if (wire === FIXED32) take(4)
    else throw new RangeError(`a field has the wire type ${wire}`)
    yield { number: Number(tag >> 3n), integer, bytes, whole: message.subarray(start, at) }
  }
}
