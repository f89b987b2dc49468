import { codedError } from '../errors/index.ts'
import type { Mask, Size } from './types.ts'

/**
 * A mask at the size of the original image, kept small: a grid of cells, each a rectangle of at least one pixel.
 *
 * It is the nearest-neighbour enlargement of a mask of the map's size S: pixel x of W shows column ⌊(x + ½)·S/W⌋, and
 * rows likewise. Regions, run lengths and outlines are computed on the cells, so that a flow's event loop is held by
 * the map's pixels and never by the camera's.
 */
export interface ImageMask extends Size {
  readonly cells: Mask
  /** First pixel of each column of cells, and as its last entry the width. */
  readonly columns: Uint32Array
  /** First pixel of each row of cells, and as its last entry the height. */
  readonly rows: Uint32Array
}

/** Of the map, which columns and rows an image shows: all, unless the image is smaller than the map. */
export interface Shown {
  readonly columns: Uint32Array
  readonly rows: Uint32Array
}

/** pycocotools holds run lengths in 32 bits; far above what any camera delivers. */
const MAX_PIXELS = 2 ** 31 - 1

/**
 * @param from the map's size
 * @param image the original image's
 * @throws MASK_OPTIONS when the image's size cannot be one
 */
export const shownOf = (from: Size, image: Size): Shown => {
  const { width, height } = image
  if (![width, height].every((side) => Number.isSafeInteger(side) && side > 0) || width * height > MAX_PIXELS)
    throw codedError(
      'MASK_OPTIONS',
      `the image is said to have ${width} × ${height} pixels, expected whole numbers from 1 and at most ${MAX_PIXELS} ` +
        'pixels in all. Pass msg.anomaly.image as anomalyclip-infer gives it.',
    )
  return { columns: shownCells(from.width, width), rows: shownCells(from.height, height) }
}

/** The values of an array of the map's size that an image shows. */
export const pick = <T extends Uint8Array | Float32Array>(
  data: T,
  width: number,
  shown: Shown,
  picked: T,
): T => {
  const { columns, rows } = shown
  for (let y = 0, cell = 0; y < rows.length; y++)
    for (let x = 0; x < columns.length; x++, cell++) picked[cell] = data[rows[y]! * width + columns[x]!]!
  return picked
}

/** A mask of the map's size at the image's size. */
export const enlarge = (mask: Mask, image: Size): ImageMask => {
  const shown = shownOf(mask, image)
  const [width, height] = [shown.columns.length, shown.rows.length]
  const data = pick(mask.data, mask.width, shown, new Uint8Array(width * height))
  return {
    width: image.width,
    height: image.height,
    cells: { width, height, data },
    columns: cellEdges(width, image.width),
    rows: cellEdges(height, image.height),
  }
}

/** pixel x shows cell ⌊(2x + 1)·cells / 2·pixels⌋; in whole numbers, so that halves fall the same way everywhere. */
const shownCells = (cells: number, pixels: number): Uint32Array =>
  pixels < cells
    ? Uint32Array.from({ length: pixels }, (_, x) => Math.floor(((2 * x + 1) * cells) / (2 * pixels)))
    : Uint32Array.from({ length: cells }, (_, cell) => cell)

/** First pixel that shows a cell: the smallest x with (2x + 1)·cells ≥ 2·cell·pixels. */
export const cellEdges = (cells: number, pixels: number): Uint32Array =>
  Uint32Array.from({ length: cells + 1 }, (_, cell) => Math.ceil((2 * cell * pixels - cells) / (2 * cells)))
