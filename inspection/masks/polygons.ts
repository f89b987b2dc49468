import type { FoundRegions } from '../regions/index.ts'
import type { Mask, RegionPolygon } from '../types.ts'
import { type Corner, ringsOf } from './rings.ts'

/**
 * Outlines of regions along the edges of their pixels, in pixels of the original image; filled, they give the mask
 * back exactly. Points between corners are left out, nothing else is simplified.
 * @returns one for each of `regions`, in that order
 * @example of a mask of 3 × 3 whose pixels are all set but the middle one:
 * // [{ outer: [[0, 0, 3, 0, 3, 3, 0, 3]], holes: [[1, 1, 1, 2, 2, 2, 2, 1]] }]
 */
export const polygonsOf = ({ mask, regions, labels }: FoundRegions): RegionPolygon[] => {
  const polygons = regions.map(() => ({ outer: [] as number[][], holes: [] as number[][] }))
  for (const ring of ringsOf(mask.cells)) {
    const polygon = polygons[labels[insideOf(ring, mask.cells)]! - 1]!
    const points = ring.flatMap(({ x, y }) => [mask.columns[x]!, mask.rows[y]!])
    if (isClockwise(ring)) polygon.outer.push(points)
    else polygon.holes.push(points)
  }
  return polygons
}

/** The pixel to the right of a ring's first edge: rings run with what they bound on their right. */
const insideOf = ([from, to]: readonly Corner[], { width }: Mask): number => {
  const x = to!.x > from!.x || to!.y < from!.y ? from!.x : from!.x - 1
  const y = to!.x > from!.x || to!.y > from!.y ? from!.y : from!.y - 1
  return y * width + x
}

/** With y pointing down, the shoelace formula is positive for a ring that runs clockwise on the screen. */
const isClockwise = (ring: readonly Corner[]): boolean =>
  ring.reduce((sum, { x, y }, index) => {
    const next = ring[(index + 1) % ring.length]!
    return sum + x * next.y - next.x * y
  }, 0) > 0
