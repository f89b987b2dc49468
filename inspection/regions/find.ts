import { enlarge, type ImageMask, pick, shownOf } from '../enlarge.ts'
import { checkMap, maskFromMap } from '../map.ts'
import type { AnomalyMap, Region, Size } from '../types.ts'
import { type RegionOptions, withoutSmallRegions } from './area.ts'
import { labelComponents } from './components.ts'

/** The regions of a map, and the mask that consists of exactly them, at the size of the original image. */
export interface FoundRegions {
  readonly mask: ImageMask
  /** The highest peak first, among equals the larger area. */
  readonly regions: readonly Region[]
  /** For each cell of the mask: 0 = background, n = `regions[n - 1]`. */
  readonly labels: Int32Array
}

/**
 * Finds the connected regions of a map and measures them in pixels of the original image. The minimum area is taken of
 * the map, as the verdict takes it, so both count the same regions. An image smaller than the map shows only some of
 * the map's pixels; the regions are then those of the pixels that it shows.
 * @param image size of the original image
 * @throws MAP_INVALID, MASK_OPTIONS
 * @example
 * const map = { width: 2, height: 2, data: Float32Array.of(0.1, 0.9, 0.1, 0.2) }
 * findRegions(map, { pixelThreshold: 0.5, minArea: 0 }, { width: 8, height: 4 }).regions
 * // [{ bbox: [4, 0, 4, 2], area: 8, share: 0.25, centroid: [6, 1], peak: { x: 6, y: 1, value: 0.9 } }]
 */
export const findRegions = (map: AnomalyMap, options: RegionOptions, image: Size): FoundRegions => {
  checkMap(map)
  const kept = withoutSmallRegions(maskFromMap(map, options.pixelThreshold), options.minArea)
  const mask = enlarge(kept, image)
  const values = pick(map.data, map.width, shownOf(map, image), new Float32Array(mask.cells.data.length))
  const { labels, sizes } = labelComponents(mask.cells)
  const measured = measure(mask, values, labels, sizes.length - 1)
  const order = measured
    .map((region, index) => ({ region, label: index + 1 }))
    .sort(({ region: a }, { region: b }) => b.peak.value - a.peak.value || b.area - a.area)
  const places = new Int32Array(sizes.length)
  for (const [index, { label }] of order.entries()) places[label] = index + 1
  for (let cell = 0; cell < labels.length; cell++) labels[cell] = places[labels[cell]!]!
  return { mask, regions: order.map(({ region }) => region), labels }
}

const measure = (mask: ImageMask, values: Float32Array, labels: Int32Array, count: number): Region[] => {
  const { columns, rows, cells } = mask
  const sums = Array.from({ length: count }, () => ({
    left: cells.width,
    top: cells.height,
    right: 0,
    bottom: 0,
    area: 0,
    momentX: 0,
    momentY: 0,
    peak: -1,
  }))
  for (let y = 0, cell = 0; y < cells.height; y++)
    for (let x = 0; x < cells.width; x++, cell++) {
      const label = labels[cell]!
      if (label === 0) continue
      const sum = sums[label - 1]!
      const area = (columns[x + 1]! - columns[x]!) * (rows[y + 1]! - rows[y]!)
      sum.area += area
      sum.momentX += (area * (columns[x + 1]! + columns[x]!)) / 2
      sum.momentY += (area * (rows[y + 1]! + rows[y]!)) / 2
      sum.left = Math.min(sum.left, x)
      sum.right = Math.max(sum.right, x + 1)
      sum.top = Math.min(sum.top, y)
      sum.bottom = y + 1
      if (sum.peak < 0 || values[cell]! > values[sum.peak]!) sum.peak = cell
    }
  return sums.map(({ left, top, right, bottom, area, momentX, momentY, peak }) => {
    const [x, y] = [columns[left]!, rows[top]!]
    return {
      bbox: [x, y, columns[right]! - x, rows[bottom]! - y],
      area,
      share: area / (mask.width * mask.height),
      centroid: [momentX / area, momentY / area],
      peak: {
        x: middle(columns, peak % cells.width),
        y: middle(rows, Math.floor(peak / cells.width)),
        value: values[peak]!,
      },
    }
  })
}

const middle = (edges: Uint32Array, cell: number): number => Math.floor((edges[cell]! + edges[cell + 1]!) / 2)
