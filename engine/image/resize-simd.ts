import { resizeLoops } from './resize-loops.ts'
import { BICUBIC, type Taps, tapsFor } from './taps.ts'

export type Resize = (
  rgb: Uint8Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
) => Uint8Array

/** Loops read and write whole vectors, up to so many bytes behind what is meant. */
const SLACK = 16
const PAGE = 65_536

/** What the loops need at 12 megapixels is below 1 MB; only an image of a few very long rows or columns comes here. */
const MOST_BYTES = 64 * 1024 * 1024

/**
 * Pillow's bicubic with vector instructions, bit for bit what the plain loops give. Rows are made narrow when the first output row
 * needs them, and forgotten behind the last: what is held beside the image fits into a processor's cache.
 * @param plain for machines without such instructions, and images that would take up too much of the memory that stays
 */
export const simdResizer = (plain: Resize): Resize => {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const loops = resizeLoops(memory)
  if (loops === null) return plain

  return (rgb, width, height, toWidth, toHeight) => {
    const across = tapsFor(width, toWidth, BICUBIC)
    const down = tapsFor(height, toHeight, BICUBIC)
    const rowBytes = width * 3
    const narrowBytes = toWidth * 3
    /** Twice what one output row needs, so that rows move to the front once in a while only. */
    const capacity = 2 * (down.stride + 1)
    const layout = layOut({
      across: acrossBytes(across),
      down: 8 * ((down.stride + 1) >> 1),
      row: rowBytes,
      rows: (capacity + 1) * narrowBytes,
      result: narrowBytes,
    })
    if (layout.end > MOST_BYTES) return plain(rgb, width, height, toWidth, toHeight)
    reserve(memory, layout.end)
    const bytes = new Uint8Array(memory.buffer)
    const words = new Int16Array(memory.buffer)
    writeAcross(new Int32Array(memory.buffer), words, layout.across, across)

    const result = new Uint8Array(narrowBytes * toHeight)
    /** Rows `from` to `to` of the image are there, made narrow. */
    let from = 0
    let to = 0
    const placeOf = (row: number): number => layout.rows + (row - from) * narrowBytes

    const narrow = (row: number): void => {
      const source = rgb.subarray(row * rowBytes, (row + 1) * rowBytes)
      if (width === toWidth) {
        bytes.set(source, placeOf(row))
        return
      }
      bytes.set(source, layout.row)
      loops.row(layout.row, layout.across, placeOf(row), placeOf(row) + narrowBytes)
    }

    for (let y = 0; y < toHeight; y++) {
      const first = down.first[y]!
      const end = first + down.count[y]!
      if (end - from > capacity) {
        bytes.copyWithin(layout.rows, placeOf(first), placeOf(to))
        from = first
      }
      for (; to < end; to++) narrow(to)
      if (height === toHeight)
        result.set(bytes.subarray(placeOf(y), placeOf(y) + narrowBytes), y * narrowBytes)
      else {
        const weightsEnd = writeDown(words, layout.down, down, y)
        const source = placeOf(first)
        loops.column(source, source + narrowBytes, narrowBytes, layout.down, weightsEnd, layout.result)
        result.set(bytes.subarray(layout.result, layout.result + narrowBytes), y * narrowBytes)
      }
    }
    return result
  }
}

/** Where each part begins, each at a multiple of a vector's length, and where all of it ends. */
const layOut = <Part extends string>(sizes: Record<Part, number>): Record<Part | 'end', number> => {
  let end = 0
  const starts: Record<string, number> = {}
  for (const [part, size] of Object.entries<number>(sizes)) {
    starts[part] = end
    end += Math.ceil((size + SLACK) / SLACK) * SLACK
  }
  return { ...(starts as Record<Part, number>), end }
}

/** Memory once taken stays: the next image is of the same camera, and needs it again. */
const reserve = (memory: WebAssembly.Memory, bytes: number): void => {
  const missing = bytes - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
}

/** weight = 256 · upper + lower, the lower part 0..255. */
const upper = (weight: number): number => weight >> 8
const lower = (weight: number): number => weight & 0xff

const FOUR = 4
const groupsOf = (count: number): number => Math.ceil(count / FOUR)

const acrossBytes = ({ count }: Taps): number => count.reduce((sum, taps) => sum + 8 + 16 * groupsOf(taps), 0)

/** As `row` of the loops reads them. */
const writeAcross = (
  integers: Int32Array,
  words: Int16Array,
  start: number,
  { first, count, weights, stride }: Taps,
): void => {
  let at = start
  for (let x = 0; x < first.length; x++) {
    const groups = groupsOf(count[x]!)
    integers[at >> 2] = first[x]! * 3
    integers[(at >> 2) + 1] = groups * 16
    at += 8
    for (let group = 0; group < groups; group++) {
      for (let i = 0; i < FOUR; i++) {
        const tap = group * FOUR + i
        const weight = tap < count[x]! ? weights[x * stride + tap]! : 0
        words[(at >> 1) + i] = upper(weight)
        words[(at >> 1) + FOUR + i] = lower(weight)
      }
      at += 16
    }
  }
}

/** Weights of one output row as `column` of the loops reads them. @returns where they end */
const writeDown = (words: Int16Array, start: number, { count, weights, stride }: Taps, y: number): number => {
  let at = start
  for (let tap = 0; tap < count[y]!; tap += 2) {
    for (let i = 0; i < 2; i++) {
      const weight = tap + i < count[y]! ? weights[y * stride + tap + i]! : 0
      words[(at >> 1) + i] = upper(weight)
      words[(at >> 1) + 2 + i] = lower(weight)
    }
    at += 8
  }
  return at
}
