import { crc32 } from 'node:zlib'

/** Facts with arrays of numbers, as one file: what the features of an image and the state of a training are kept in. */
export interface TrainingRecord {
  /** JSON. */
  readonly facts: unknown
  readonly arrays: ReadonlyMap<string, RecordArray>
}

export type RecordArray = Float32Array | Uint8Array

/** In front, little-endian: mark and version of the format, CRC-32 of all that follows, length of the JSON. */
const HEAD_BYTES = 12
const MARK = 0x31_74_63_61
const CRC_FROM = 8
/** Arrays begin at multiples of so many bytes. */
const ALIGNMENT = 4

interface Header {
  readonly facts: unknown
  readonly arrays: readonly {
    readonly name: string
    readonly type: keyof typeof TYPES
    readonly length: number
  }[]
}

const TYPES = { float32: Float32Array, uint8: Uint8Array } as const

/** The file's bytes, in pieces. */
export const encodeRecord = ({ facts, arrays }: TrainingRecord): readonly Uint8Array[] => {
  const header: Header = {
    facts,
    arrays: [...arrays].map(([name, array]) => ({
      name,
      type: array instanceof Float32Array ? 'float32' : 'uint8',
      length: array.length,
    })),
  }
  const text = Buffer.from(JSON.stringify(header))
  const json = Buffer.concat([text, Buffer.alloc(gapAfter(text.length), ' ')])
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(MARK, 0)
  head.writeUInt32LE(json.length, CRC_FROM)
  const pieces: Uint8Array[] = [head, json]
  for (const { buffer, byteOffset, byteLength } of arrays.values())
    pieces.push(new Uint8Array(buffer, byteOffset, byteLength), new Uint8Array(gapAfter(byteLength)))
  const all = pieces.slice(1).reduce((crc, piece) => crc32(piece, crc), crc32(head.subarray(CRC_FROM)))
  head.writeUInt32LE(all, 4)
  return pieces
}

/** @returns null of what was cut off, damaged or never such a file; arrays are views of the bytes where these lie well */
export const decodeRecord = (bytes: Uint8Array): TrainingRecord | null => {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.length < HEAD_BYTES || file.readUInt32LE(0) !== MARK) return null
  if (file.readUInt32LE(4) !== crc32(file.subarray(CRC_FROM))) return null
  const start = HEAD_BYTES + file.readUInt32LE(CRC_FROM)
  const header = JSON.parse(file.toString('utf8', HEAD_BYTES, start)) as Header
  const aligned = file.byteOffset % ALIGNMENT === 0 ? file : Uint8Array.from(file)
  const arrays = new Map<string, RecordArray>()
  let offset = start
  for (const { name, type, length } of header.arrays) {
    const array = new TYPES[type](aligned.buffer as ArrayBuffer, aligned.byteOffset + offset, length)
    arrays.set(name, array)
    offset += array.byteLength + gapAfter(array.byteLength)
  }
  return { facts: header.facts, arrays }
}

const gapAfter = (bytes: number): number => -bytes & (ALIGNMENT - 1)
