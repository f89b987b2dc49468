import { resizeBicubic } from '../image/index.ts'
import type { Box } from './outline.ts'
import { type Samples, turn } from './turn.ts'
import type { Rotation } from './types.ts'

export interface CutOptions {
  readonly rotation: Rotation
  /** Of the whole image, one byte a pixel, 1 = inspected; null where all are. */
  readonly inspected: Uint8Array | null
  /** Of the model. */
  readonly side: number
}

/**
 * One tile as the model takes it, uint8 [S, S, 3]. What is not inspected is painted over before anything else, so that it has no say in
 * the score or the map, whatever is there.
 */
export const cutTile = (
  image: Samples<Uint8Array>,
  tile: Box,
  { rotation, inspected, side }: CutOptions,
): Uint8Array => {
  const isWhole = tile.width === image.width && tile.height === image.height
  const part = isWhole && inspected === null ? image : { ...tile, data: copyOf(image, tile) }
  if (inspected !== null) paintOver(part.data, tile, inspected, image.width)
  const { data, width, height } = turn(part, 3, rotation)
  return resizeBicubic(data, width, height, side, side)
}

const copyOf = ({ data, width }: Samples<Uint8Array>, tile: Box): Uint8Array => {
  const copy = new Uint8Array(tile.width * tile.height * 3)
  for (let y = 0; y < tile.height; y++) {
    const start = ((tile.y + y) * width + tile.x) * 3
    copy.set(data.subarray(start, start + tile.width * 3), y * tile.width * 3)
  }
  return copy
}

/** The mean colour of the tile's inspected pixels, in place of the others. */
const paintOver = (rgb: Uint8Array, tile: Box, inspected: Uint8Array, stride: number): void => {
  const rowOf = (row: number): Uint8Array => {
    const start = (tile.y + row) * stride + tile.x
    return inspected.subarray(start, start + tile.width)
  }
  const sums = { red: 0, green: 0, blue: 0, count: 0 }
  for (let row = 0; row < tile.height; row++) addRow(sums, rgb, rowOf(row), row * tile.width)
  const [red, green, blue] = [sums.red, sums.green, sums.blue].map((sum) => Math.round(sum / sums.count))
  for (let row = 0; row < tile.height; row++)
    paintRow([red!, green!, blue!], rgb, rowOf(row), row * tile.width)
}

/** @param first pixel of the row in the tile */
const addRow = (
  sums: { red: number; green: number; blue: number; count: number },
  rgb: Uint8Array,
  isInspected: Uint8Array,
  first: number,
): void => {
  let [red, green, blue, count] = [0, 0, 0, 0]
  for (let x = 0, at = first * 3; x < isInspected.length; x++, at += 3) {
    // 0 or 1: a product is faster than a branch.
    const one = isInspected[x]!
    red += one * rgb[at]!
    green += one * rgb[at + 1]!
    blue += one * rgb[at + 2]!
    count += one
  }
  sums.red += red
  sums.green += green
  sums.blue += blue
  sums.count += count
}

const paintRow = (
  [red, green, blue]: readonly [number, number, number],
  rgb: Uint8Array,
  isInspected: Uint8Array,
  first: number,
): void => {
  for (let x = isInspected.indexOf(0); x !== -1 && x < isInspected.length; x++) {
    if (isInspected[x] === 1) continue
    const at = (first + x) * 3
    rgb[at] = red
    rgb[at + 1] = green
    rgb[at + 2] = blue
  }
}
