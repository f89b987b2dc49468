import type { AnomalyMap, Size } from '../../inspection/types.ts'
import { type Ramp, rampsOf } from './ramps.ts'
import type { Grid } from './tiles.ts'

/**
 * Of a blended map: 4 MB to be sent, cloned and kept. Behind it everything is computed on the map's pixels in the flow's own process, whose
 * event loop 4 megapixels held for a quarter of a second.
 */
const MAX_MAP_PIXELS = 1_000_000

/** Puts the maps of tiles together, one after the other, in one map of the whole image. */
export interface Blender {
  /** @param data float32 [S, S], not turned any more */
  add(column: number, row: number, data: Float32Array): void
  /** What has been added so far; 0 where nothing was. */
  readonly map: AnomalyMap
}

/** @param side S of the tiles' maps */
export const blender = (grid: Grid, image: Size, side: number): Blender => {
  const size = mapSizeOf(grid, image, side)
  const map = { ...size, data: new Float32Array(size.width * size.height) }
  const columns = rampsOf(grid.columns, { extent: image.width, size: size.width, count: side })
  const rows = rampsOf(grid.rows, { extent: image.height, size: size.height, count: side })
  return { map, add: (column, row, data) => addTile(map, data, columns[column]!, rows[row]!) }
}

/**
 * As fine as the tiles' own maps, but neither finer than image and model, nor beyond MAX_MAP_PIXELS. Of a single tile over the whole
 * image it is S × S.
 */
const mapSizeOf = ({ columns, rows }: Grid, { width, height }: Size, side: number): Size => {
  const wide = Math.min(Math.round((width * side) / columns.length), Math.max(width, side))
  const high = Math.min(Math.round((height * side) / rows.length), Math.max(height, side))
  const most = Math.max(MAX_MAP_PIXELS, side * side)
  const shrink = Math.min(1, Math.sqrt(most / (wide * high)))
  return { width: Math.max(1, Math.floor(wide * shrink)), height: Math.max(1, Math.floor(high * shrink)) }
}

const addTile = (whole: AnomalyMap, tile: Float32Array, x: Ramp, y: Ramp): void => {
  const side = Math.sqrt(tile.length)
  const width = x.weights.length
  const rows = new Float32Array(side * width)
  for (let row = 0, place = 0; row < side; row++)
    for (let column = 0; column < width; column++, place++)
      rows[place] = valueAt({ data: tile, start: row * side, step: 1 }, x, column)
  for (let row = 0; row < y.weights.length; row++) {
    const first = (y.first + row) * whole.width + x.first
    for (let column = 0; column < width; column++)
      whole.data[first + column]! +=
        x.weights[column]! * y.weights[row]! * valueAt({ data: rows, start: column, step: width }, y, row)
  }
}

/** A row or column of samples. */
interface Line {
  readonly data: Float32Array
  readonly start: number
  readonly step: number
}

/** What a line gives to one of the pixels of a ramp. */
const valueAt = ({ data, start, step }: Line, { from, to, fractions }: Ramp, pixel: number): number => {
  const first = data[start + from[pixel]! * step]!
  if (fractions !== null) return first + (data[start + (to[pixel]! - 1) * step]! - first) * fractions[pixel]!
  let highest = first
  // Keeps NaN, which no comparison does.
  for (let sample = from[pixel]! + 1; sample < to[pixel]!; sample++)
    highest = Math.max(highest, data[start + sample * step]!)
  return highest
}
