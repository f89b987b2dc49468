import { codedError } from '../../errors/index.ts'
import type { AnomalyMap, InspectedView, Mask } from '../../inspection/types.ts'
import { blender } from './blend.ts'
import { clearUninspected } from './clear.ts'
import { cutTile } from './cut.ts'
import { inspectedPixels } from './inspected.ts'
import { type Box, boxAround, outlineOf } from './outline.ts'
import { scoreBy } from './score.ts'
import { type Grid, gridOver } from './tiles.ts'
import { type Samples, turn, turnBack } from './turn.ts'
import type { View } from './types.ts'

/** What the model says of one tile. */
interface TilePrediction {
  readonly score: number
  /** float32 [S, S]. */
  readonly map: Float32Array
}

/** An image laid out in the tiles that are to be inspected. It holds the decoded image; tiles are cut when they are asked for. */
export interface TiledImage {
  /** Number of tiles. */
  readonly count: number
  /** One tile as the model takes it, uint8 [S, S, 3]. */
  cut(tile: number): Uint8Array
  /** Takes in what the model says of a tile; its map is not kept. */
  add(tile: number, prediction: TilePrediction): void
  /** Score, map and what was inspected, once every tile was added. */
  result(): { readonly score: number; readonly map: AnomalyMap; readonly view: Omit<InspectedView, 'key'> }
}

export interface TiledOptions {
  readonly view: View
  /** The view's mask image, decoded; 1 = ignored. */
  readonly ignoreMask: Mask | null
  /** S of the model. */
  readonly side: number
}

interface Tile extends Box {
  readonly column: number
  readonly row: number
}

/**
 * Lays an image out as a view wants it. A tile without a single inspected pixel is left out.
 * @param image decoded RGB
 * @throws IMAGE_VIEW when nothing of the image is inspected, or the tiles do not fit it
 */
export const tiledImage = (
  image: Samples<Uint8Array>,
  { view, ignoreMask, side }: TiledOptions,
): TiledImage => {
  const { rotation = 0, region, tiles: wanted, score: rule = 'max' } = view
  const inspected = inspectedPixels(view, ignoreMask, image)
  const part =
    region === undefined
      ? { x: 0, y: 0, width: image.width, height: image.height }
      : boxAround(
          region.map((shape) => outlineOf(shape, image)),
          image,
        )
  const share = inspected === null ? 1 : shareOf(inspected)
  if (share === 0)
    throw codedError(
      'IMAGE_VIEW',
      `of the image, ${image.width} × ${image.height} pixels, nothing is left to be inspected: its region lies outside of it, or all of it ` +
        'is ignored. Correct the view of this image.',
    )
  const grid = gridOver(part, wanted)
  const tiles = tilesOf(grid).filter((tile) => inspected === null || hasAny(inspected, tile, image.width))
  const { map, add } = blender(grid, image, side)
  const scores = new Array<number>(tiles.length).fill(Number.NaN)
  return {
    count: tiles.length,
    cut: (tile) => cutTile(image, tiles[tile]!, { rotation, inspected, side }),
    add: (tile, { score, map: data }) => {
      const { column, row } = tiles[tile]!
      scores[tile] = score
      add(column, row, turn({ width: side, height: side, data }, 1, turnBack(rotation)).data)
    },
    result: () => {
      if (inspected !== null) clearUninspected(map, inspected, image)
      return {
        score: scoreBy(rule, scores),
        map,
        view: {
          rotation,
          rule,
          share,
          columns: grid.columns.starts.length,
          rows: grid.rows.starts.length,
          tiles: tiles.map(({ x, y, width, height }, tile) => ({
            bbox: [x, y, width, height],
            score: scores[tile]!,
          })),
        },
      }
    },
  }
}

/** Row by row. */
const tilesOf = ({ columns, rows }: Grid): Tile[] =>
  rows.starts.flatMap((y, row) =>
    columns.starts.map((x, column) => ({ x, y, width: columns.length, height: rows.length, column, row })),
  )

const shareOf = (inspected: Uint8Array): number => {
  let count = 0
  for (let pixel = 0; pixel < inspected.length; pixel++) count += inspected[pixel]!
  return count / inspected.length
}

const hasAny = (inspected: Uint8Array, { x, y, width, height }: Box, stride: number): boolean => {
  for (let row = y; row < y + height; row++)
    if (inspected.subarray(row * stride + x, row * stride + x + width).includes(1)) return true
  return false
}
