import { codedError } from '../../errors/index.ts'
import { pixelsOf } from './lengths.ts'
import type { Box } from './outline.ts'
import type { Length, Tiles } from './types.ts'
import { wrong } from './wrong.ts'

/** More would be a mistake: at a side of 518 pixels these cover 60 megapixels, and take minutes without a GPU. */
export const MAX_TILES = 256

/** Equal, overlapping parts of one axis, in pixels. */
export interface Spans {
  readonly starts: readonly number[]
  readonly length: number
}

/** The axes of a grid of tiles. */
export interface Grid {
  readonly columns: Spans
  readonly rows: Spans
}

/**
 * Lays tiles over a part of an image. They are spread evenly: what the last ones have too much, all share as more overlap.
 * @throws IMAGE_VIEW for more than MAX_TILES, or tiles that the image is too small for
 */
export const gridOver = ({ x, y, width, height }: Box, tiles: Tiles | undefined): Grid => {
  const grid = { columns: spansOver(x, width, tiles, 'columns'), rows: spansOver(y, height, tiles, 'rows') }
  const count = grid.columns.starts.length * grid.rows.starts.length
  if (count > MAX_TILES)
    throw codedError(
      'IMAGE_VIEW',
      `${width} × ${height} pixels would be ${grid.columns.starts.length} × ${grid.rows.starts.length} tiles, at most ${MAX_TILES} ` +
        'are allowed. Choose larger tiles, less overlap or a smaller region.',
    )
  return grid
}

const spansOver = (
  from: number,
  extent: number,
  tiles: Tiles | undefined,
  axis: 'columns' | 'rows',
): Spans => {
  if (tiles === undefined) return { starts: [from], length: extent }
  const { count, length } =
    'size' in tiles ? ofSize(extent, tiles) : ofCount(extent, tiles[axis], tiles.overlap, axis)
  const starts = Array.from({ length: count }, (_, tile) =>
    count === 1 ? from : from + Math.round((tile * (extent - length)) / (count - 1)),
  )
  return { starts, length }
}

const ofSize = (extent: number, { size, overlap }: Extract<Tiles, { size: number }>) => {
  const length = Math.min(size, extent)
  if (length === extent) return { length, count: 1 }
  const step = length - overlapWithin(length, overlap)
  return { length, count: 1 + Math.ceil((extent - length) / step) }
}

const ofCount = (extent: number, count: number, overlap: Length, axis: string) => {
  // count tiles and count - 1 overlaps: extent = count·length - (count - 1)·overlap
  const exact =
    typeof overlap === 'number'
      ? (extent + (count - 1) * overlap) / count
      : extent / (count - (count - 1) * pixelsOf(overlap, 1))
  const length = Math.min(extent, Math.ceil(exact))
  if (count > extent) throw wrong(axis, count, `at most one a pixel, of which there are ${extent}`)
  if (count > 1) overlapWithin(length, overlap)
  return { length, count }
}

/** @throws IMAGE_VIEW for more than half of a tile: a third one would have its part in it */
const overlapWithin = (length: number, overlap: Length): number => {
  const pixels = pixelsOf(overlap, length)
  if (pixels <= length / 2) return pixels
  throw wrong('the overlap of tiles', overlap, `at most half of a tile, ${length / 2} pixels here`)
}
