import { codedError } from '../../errors/index.ts'
import type { ImageMask } from '../enlarge.ts'
import type { CocoRle, Mask } from '../types.ts'
import { compressCounts, expandCounts } from './rle-string.ts'

/** A mask as COCO run lengths, in the compressed form that `pycocotools.mask.decode` takes as it is. */
export const cocoRleOf = (mask: ImageMask): CocoRle => ({
  size: [mask.height, mask.width],
  counts: compressCounts(encodeRle(mask)),
})

/**
 * Run lengths of a mask, column after column as COCO has it, background first; they sum to width × height. Counted from
 * the mask's cells: each column of cells is walked once and repeated as often as the image is wider.
 * @example
 * const mask = { width: 2, height: 2, data: Uint8Array.of(0, 1, 0, 1) }
 * encodeRle(enlarge(mask, mask)) // [2, 2]; by rows it would be [1, 1, 1, 1]
 */
export const encodeRle = ({ cells, columns, rows }: ImageMask): number[] => {
  const counts = [0]
  const add = (value: number, length: number): void => {
    // Counts at even places are background.
    if ((counts.length - 1) % 2 === value) counts[counts.length - 1]! += length
    else counts.push(length)
  }
  for (let x = 0; x < cells.width; x++) {
    const runs = runsOfColumn(cells, rows, x)
    for (let repeat = columns[x]!; repeat < columns[x + 1]!; repeat++)
      for (const { value, length } of runs) add(value, length)
  }
  return counts
}

const runsOfColumn = ({ width, height, data }: Mask, rows: Uint32Array, x: number) => {
  const runs: { value: number; length: number }[] = []
  for (let y = 0, start = 0; y < height; y++) {
    const value = data[y * width + x]!
    if (y + 1 < height && data[(y + 1) * width + x] === value) continue
    runs.push({ value, length: rows[y + 1]! - start })
    start = rows[y + 1]!
  }
  return runs
}

/** More would be a mistake or an attack: 1 byte a pixel is laid out. */
const MAX_PIXELS = 2 ** 28

/**
 * The mask that run lengths describe, row-major.
 * @param rle `counts` compressed, or as numbers
 * @throws MASK_RLE
 * @example decodeRle({ size: [2, 2], counts: [2, 2] }).data // [0, 1, 0, 1]
 */
export const decodeRle = (rle: {
  readonly size: readonly [height: number, width: number]
  readonly counts: string | readonly number[]
}): Mask => {
  const [height, width] = rle.size
  if (![height, width].every((side) => Number.isSafeInteger(side) && side > 0) || height * width > MAX_PIXELS)
    throw damaged(`the size is ${height} × ${width}`, `whole numbers from 1 and at most ${MAX_PIXELS} pixels`)
  const counts = typeof rle.counts === 'string' ? expandCounts(rle.counts) : rle.counts
  const wrong = counts.find((count) => !Number.isSafeInteger(count) || count < 0)
  if (wrong !== undefined) throw damaged(`one count is ${wrong}`, 'whole numbers from 0')
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total !== width * height)
    throw damaged(`the counts sum to ${total}`, `${height} × ${width} = ${width * height}`)
  const data = new Uint8Array(width * height)
  let place = 0
  for (const [index, count] of counts.entries())
    for (const end = place + count; place < end; place++)
      if (index % 2 === 1) data[(place % height) * width + Math.floor(place / height)] = 1
  return { width, height, data }
}

const damaged = (found: string, expected: string) =>
  codedError(
    'MASK_RLE',
    `these run lengths cannot be read: ${found}, expected ${expected}. Encode the mask again.`,
  )
