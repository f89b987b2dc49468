import { crc32 } from 'node:zlib'
import { codedError } from '../../errors/index.ts'
import { checkCrc } from './checksum.ts'
import { countOf, describe, isContiguous, spanOf } from './layout.ts'
import type { TensorLayout } from './types.ts'
import { TYPES } from './widen.ts'

/**
 * Most values one tensor may have, 1 GiB as float32. The largest tensor of any published CLIP is the token embedding of
 * XLM-RoBERTa large, 250,002 × 1024 = 2.56e8 values.
 */
const MAX_VALUES = 2 ** 28

/** Bytes read at a time: large enough for the disk, small enough that the stored form of a tensor is never in memory whole. */
const CHUNK_BYTES = 4 * 1024 * 1024

/**
 * All values of a tensor, widened to float32, row-major.
 * @throws WEIGHTS_LIMIT, WEIGHTS_DAMAGED
 */
export const readTensor = async (file: string, name: string, layout: TensorLayout): Promise<Float32Array> => {
  const values = countOf(layout.shape) ?? Number.POSITIVE_INFINITY
  const span = spanOf(layout)
  if (Math.max(values, span) > MAX_VALUES)
    throw codedError(
      'WEIGHTS_LIMIT',
      `tensor ${name} of ${file}, ${describe(layout)}, lies in ${Math.max(values, span)} values; at most ${MAX_VALUES} are read.`,
    )
  // A view expanded along strides of 0 could ask for any amount of memory from a few stored bytes; no parameter is one.
  if (values > span)
    throw codedError(
      'WEIGHTS_LIMIT',
      `tensor ${name} of ${file}, ${describe(layout)}, repeats ${span} stored values to ${values}; ` +
        'expected each value stored once. Call .contiguous() on it before saving.',
    )
  const stored = await readRun(file, layout, span)
  return isContiguous(layout) ? stored : gather(stored, layout, values)
}

/** Reads `count` values that lie one behind the other, from the layout's offset on. */
const readRun = async (file: string, layout: TensorLayout, count: number): Promise<Float32Array> => {
  const { type, source, offset } = layout
  const { bytes, widen } = TYPES[type]
  const out = new Float32Array(count)
  const perChunk = CHUNK_BYTES / bytes
  const chunk = new Uint8Array(Math.min(count, perChunk) * bytes)
  // A checksum can be held against what it covers only: all of the bytes.
  const isWhole = source.crc32 !== null && count * bytes === source.bytes
  let checksum = 0
  for (let done = 0; done < count; done += perChunk) {
    const now = Math.min(perChunk, count - done)
    const raw = chunk.subarray(0, now * bytes)
    await source.read(raw, (offset + done) * bytes)
    if (isWhole) checksum = crc32(raw, checksum)
    widen(chunk.buffer, now, out, done)
  }
  if (isWhole) checkCrc(file, source, checksum)
  return out
}

/** Puts a strided view into row-major order. `stored` begins with the view's first value. */
const gather = (stored: Float32Array, { shape, strides }: TensorLayout, values: number): Float32Array => {
  const out = new Float32Array(values)
  const rowLength = shape.at(-1)!
  const rowStride = strides.at(-1)!
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < values; to += rowLength) {
    for (let i = 0; i < rowLength; i++) out[to + i] = stored[from + i * rowStride]!
    for (let dim = shape.length - 2; dim >= 0; dim--) {
      from += strides[dim]!
      index[dim]!++
      if (index[dim]! < shape[dim]!) break
      from -= strides[dim]! * shape[dim]!
      index[dim] = 0
    }
  }
  return out
}
