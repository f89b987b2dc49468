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
  const sums = [0, 0, 0]
  let count = 0
  forEachPixel(tile, stride, (source, pixel) => {
    if (inspected[source] === 0) return
    count++
    for (let channel = 0; channel < 3; channel++) sums[channel]! += rgb[pixel * 3 + channel]!
  })
  const mean = sums.map((sum) => Math.round(sum / count))
  forEachPixel(tile, stride, (source, pixel) => {
    if (inspected[source] === 1) return
    for (let channel = 0; channel < 3; channel++) rgb[pixel * 3 + channel] = mean[channel]!
  })
}

/** Every pixel of a tile by its place in the image and in the tile. */
const forEachPixel = (
  { x, y, width, height }: Box,
  stride: number,
  visit: (inImage: number, inTile: number) => void,
): void => {
  for (let row = 0, pixel = 0; row < height; row++)
    for (let column = 0; column < width; column++, pixel++) visit((y + row) * stride + x + column, pixel)
}
