import { type CodedError, codedError } from '../../errors/index.ts'

/** A number of 17 bytes has no business among weights; seeds of random generators have up to 8. */
const MAX_LONG_BYTES = 16

/** Reads a pickle from front to back; every read is held against its end. */
export interface PickleCursor {
  take(count: number): Uint8Array
  /** Little-endian, of 1, 2, 4 or 8 bytes. */
  uint(bytes: 1 | 2 | 4 | 8): number
  int32(): number
  /** Two's complement, little-endian, of that many bytes. */
  long(bytes: number): number | bigint
  float(): number
  text(bytes: number): string
  /** Up to the next line end. */
  line(): string
  /** An error that names the file and the place. */
  damaged(found: string): CodedError
}

export const pickleCursor = (file: string, bytes: Uint8Array): PickleCursor => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const decoder = new TextDecoder()
  let at = 0
  const damaged = (found: string): CodedError =>
    codedError('WEIGHTS_DAMAGED', `the pickle in ${file}, near byte ${at}, ${found}. Fetch the file again.`)
  /** Steps over `count` bytes and says where they begin. */
  const step = (count: number): number => {
    if (count > bytes.length - at) throw damaged(`wants ${count} more bytes of ${bytes.length}`)
    at += count
    return at - count
  }
  const take = (count: number): Uint8Array => {
    const from = step(count)
    return bytes.subarray(from, from + count)
  }
  return {
    damaged,
    take,
    uint: (size) => {
      const from = step(size)
      if (size === 1) return view.getUint8(from)
      if (size === 2) return view.getUint16(from, true)
      return size === 4 ? view.getUint32(from, true) : Number(view.getBigUint64(from, true))
    },
    int32: () => view.getInt32(step(4), true),
    long: (size) => {
      if (size > MAX_LONG_BYTES) throw damaged(`has a number of ${size} bytes`)
      // Beginning at the last byte, which is the highest.
      const unsigned = take(size).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
      const signed = BigInt.asIntN(8 * size, unsigned)
      return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed
    },
    float: () => view.getFloat64(step(8), false),
    text: (size) => decoder.decode(take(size)),
    line: () => {
      const end = bytes.indexOf(0x0a, at)
      if (end < 0) throw damaged('has a name without an end')
      const text = decoder.decode(take(end - at))
      step(1)
      return text
    },
  }
}
