import { codedError } from '../../errors/index.ts'
import { checkMap, maskFromMap } from '../map.ts'
import type { AnomalyMap, Mask } from '../types.ts'
import { labelComponents } from './components.ts'

/** Which pixels count as anomalous. */
export interface RegionOptions {
  /** 0..1; a pixel at or above it is anomalous. */
  readonly pixelThreshold: number
  /** Percent of the map that a connected region must cover to count, 0..100; with 0 a single pixel is enough. */
  readonly minArea: number
}

/**
 * Pixels that a region of a map must have to count.
 * @throws MASK_OPTIONS when the percentage is out of range
 * @example pixelsNeeded(0.5, 518 * 518) // 1342
 */
export const pixelsNeeded = (minArea: number, pixels: number): number => {
  if (!(minArea >= 0 && minArea <= 100))
    throw codedError(
      'MASK_OPTIONS',
      `the minimum area is ${minArea}, expected 0 to 100 percent of the image.`,
    )
  // A hair less, because 0.07 % of 100 000 comes out as 70.00000000000001.
  return Math.max(1, Math.ceil((minArea * pixels) / 100 - 1e-6))
}

/**
 * How much of a map is anomalous once regions below the minimum area are left out.
 * @returns share of the map's pixels in regions that count, 0..1
 * @throws MAP_INVALID, MASK_OPTIONS
 * @example
 * const map = { width: 4, height: 1, data: Float32Array.of(0.9, 0.1, 0.8, 0.7) }
 * anomalousArea(map, { pixelThreshold: 0.5, minArea: 50 }) // 0.5: one of two regions counts
 */
export const anomalousArea = (map: AnomalyMap, options: RegionOptions): number => {
  checkMap(map)
  const { sizes } = labelComponents(maskFromMap(map, options.pixelThreshold))
  const needed = pixelsNeeded(options.minArea, map.data.length)
  const counting = sizes.slice(1).filter((size) => size >= needed)
  return counting.reduce((sum, size) => sum + size, 0) / map.data.length
}

/** A mask without its regions of fewer pixels than needed: of the map, so that it shows what `anomalousArea` counts. */
export const withoutSmallRegions = (mask: Mask, minArea: number): Mask => {
  const needed = pixelsNeeded(minArea, mask.data.length)
  if (needed === 1) return mask
  const { labels, sizes } = labelComponents(mask)
  const counts = Uint8Array.from(sizes, (size, label) => (label > 0 && size >= needed ? 1 : 0))
  const data = new Uint8Array(labels.length)
  for (let pixel = 0; pixel < data.length; pixel++) data[pixel] = counts[labels[pixel]!]!
  return { ...mask, data }
}
