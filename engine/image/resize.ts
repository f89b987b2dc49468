import { markedRows } from '../../inspection/marked-rows.ts'
import { type Resize, simdResizer } from './resize-simd.ts'
import { BICUBIC, BILINEAR, type Kernel, ONE_HALF, PRECISION_BITS, type Taps, tapsFor } from './taps.ts'

/**
 * Pillow's resize for 8-bit RGB, number for number: the published models were trained and measured on its bicubic images and its bilinear
 * masks, and another "bicubic" (sharp's, OpenCV's) moves the anomaly map. Method: taps.ts.
 */

/** Every row brought from `width` to `toWidth`. */
const resizeRows = (rgb: Uint8Array, width: number, toWidth: number, kernel: Kernel): Uint8ClampedArray => {
  const rows = rgb.length / (width * 3)
  const taps = tapsFor(width, toWidth, kernel)
  const result = new Uint8ClampedArray(rows * toWidth * 3)
  for (let row = 0; row < rows; row++) resizeRow(rgb, row * width * 3, taps, result, row * toWidth * 3)
  return result
}

// One row a call: should V8 take back its machine code within a large image, it has new code some rows later. With all
// rows in one loop such an image took five times as long.

const resizeRow = (
  rgb: Uint8Array,
  start: number,
  { first, count, weights, stride }: Taps,
  result: Uint8ClampedArray,
  targetStart: number,
): void => {
  let target = targetStart
  for (let x = 0; x < first.length; x++) {
    let red = ONE_HALF
    let green = ONE_HALF
    let blue = ONE_HALF
    let source = start + first[x] * 3
    const end = x * stride + count[x]
    for (let tap = x * stride; tap < end; tap++) {
      const weight = weights[tap]
      red = (red + Math.imul(rgb[source], weight)) | 0
      green = (green + Math.imul(rgb[source + 1], weight)) | 0
      blue = (blue + Math.imul(rgb[source + 2], weight)) | 0
      source += 3
    }
    result[target] = red >> PRECISION_BITS
    result[target + 1] = green >> PRECISION_BITS
    result[target + 2] = blue >> PRECISION_BITS
    target += 3
  }
}

/** As `resizeRows`, of one channel. */
const resizeGreyRows = (
  grey: Uint8Array,
  width: number,
  toWidth: number,
  kernel: Kernel,
): Uint8ClampedArray => {
  const rows = grey.length / width
  const taps = tapsFor(width, toWidth, kernel)
  const result = new Uint8ClampedArray(rows * toWidth)
  for (let row = 0; row < rows; row++)
    resizeGreyRow(
      grey.subarray(row * width, (row + 1) * width),
      taps,
      result.subarray(row * toWidth, (row + 1) * toWidth),
    )
  return result
}

const resizeGreyRow = (
  samples: Uint8Array,
  { first, count, weights, stride }: Taps,
  result: Uint8ClampedArray,
): void => {
  for (let x = 0; x < first.length; x++) {
    let sum = ONE_HALF
    for (let tap = 0; tap < count[x]; tap++)
      sum = (sum + Math.imul(samples[first[x] + tap], weights[x * stride + tap])) | 0
    result[x] = sum >> PRECISION_BITS
  }
}

/** Rows of an image; those that are missing above and below are black. */
interface Rows {
  readonly samples: Uint8Array | Uint8ClampedArray
  /** Samples of each. */
  readonly length: number
  /** Number of the first one. */
  readonly from: number
}

/** Every column brought from `height` to `toHeight`. */
const resizeColumns = (
  { samples, length, from }: Rows,
  height: number,
  toHeight: number,
  kernel: Kernel,
): Uint8ClampedArray => {
  const to = from + samples.length / length
  const { first, count, weights, stride } = tapsFor(height, toHeight, kernel)
  const result = new Uint8ClampedArray(toHeight * length)
  const sums = new Int32Array(length)
  for (let y = 0; y < toHeight; y++) {
    const [start, end] = [Math.max(first[y], from), Math.min(first[y] + count[y], to)]
    if (start >= end) continue
    sums.fill(ONE_HALF)
    for (let row = start; row < end; row++)
      addRow(sums, samples, (row - from) * length, weights[y * stride + row - first[y]])
    for (let x = 0; x < length; x++) result[y * length + x] = sums[x] >> PRECISION_BITS
  }
  return result
}

const addRow = (
  sums: Int32Array,
  samples: Uint8Array | Uint8ClampedArray,
  start: number,
  weight: number,
): void => {
  for (let x = 0; x < sums.length; x++) sums[x] += Math.imul(samples[start + x], weight)
}

/** One sample after the other: for machines without vector instructions, and what those are held against. */
export const resizePlainly: Resize = (rgb, width, height, toWidth, toHeight) => {
  const wide = width === toWidth ? rgb : resizeRows(rgb, width, toWidth, BICUBIC)
  const resized =
    height === toHeight
      ? wide
      : resizeColumns({ samples: wide, length: toWidth * 3, from: 0 }, height, toHeight, BICUBIC)
  return new Uint8Array(resized.buffer)
}

const resizeColours = simdResizer(resizePlainly)

/**
 * As Pillow's `Image.resize((toWidth, toHeight), BICUBIC)`: images.
 * @param rgb interleaved, row-major, `width × height × 3` bytes
 * @returns `toWidth × toHeight × 3` bytes; the input itself, not a copy, when the size stays
 */
export const resizeBicubic: Resize = (rgb, width, height, toWidth, toHeight) =>
  width === toWidth && height === toHeight ? rgb : resizeColours(rgb, width, height, toWidth, toHeight)

/**
 * As Pillow's `Image.resize((toWidth, toHeight), BILINEAR)` of a grey image: masks, most of whose rows are black.
 * @param grey row-major, `width × height` bytes
 * @returns `toWidth × toHeight` bytes; the input itself, not a copy, when the size stays
 */
export const resizeMask = (
  grey: Uint8Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
): Uint8Array => {
  if (width === toWidth && height === toHeight) return grey
  const [from, to] = markedRows(grey, width)
  const lit = grey.subarray(from * width, to * width)
  const wide = width === toWidth ? lit : resizeGreyRows(lit, width, toWidth, BILINEAR)
  if (height !== toHeight)
    return new Uint8Array(
      resizeColumns({ samples: wide, length: toWidth, from }, height, toHeight, BILINEAR).buffer,
    )
  const resized = new Uint8Array(toWidth * toHeight)
  resized.set(wide, from * toWidth)
  return resized
}
