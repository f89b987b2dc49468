import { pixelsNeeded } from '../regions/index.ts'
import type { AnomalyMap } from '../types.ts'

/**
 * The highest pixel threshold at which a map still has a region of the minimum area: at or below it the image is over by
 * its map, above it not. This is the map's value that a pixel threshold is calibrated on.
 *
 * Pixels are taken in from the highest down and joined to their neighbours (8, as `anomalousArea` has it) until one
 * region is large enough.
 * @param minArea percent of the map; 0 = one pixel is enough, so the peak is the map's maximum
 */
export const peakOf = ({ width, height, data }: AnomalyMap, minArea: number): number => {
  const enough = pixelsNeeded(minArea, data.length)
  if (enough <= 1) return data.reduce((a, b) => Math.max(a, b))
  const parent = new Int32Array(data.length).fill(ABSENT)
  const size = new Int32Array(data.length).fill(1)
  for (const pixel of descending(data)) {
    parent[pixel] = pixel
    const x = pixel % width
    const y = (pixel - x) / width
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++)
        if (parent[v * width + u] !== ABSENT) join(parent, size, pixel, v * width + u)
    if (size[root(parent, pixel)]! >= enough) return data[pixel]!
  }
  throw new RangeError(`no region of a map of ${data.length} pixels has ${enough}`)
}

const ABSENT = -1

const BUCKETS = 4096

/**
 * Pixel numbers, highest value first. Sorted bucket by bucket and only as far as asked for: a region is mostly complete
 * after a few percent of the pixels, and a full sort of a 518 × 518 map would hold up the flow.
 */
function* descending(data: Float32Array): Generator<number> {
  const low = data.reduce((a, b) => Math.min(a, b))
  const high = data.reduce((a, b) => Math.max(a, b))
  const scale = high > low ? (BUCKETS - 1) / (high - low) : 0
  const bucketOf = (pixel: number): number => Math.floor((high - data[pixel]!) * scale)
  const starts = new Uint32Array(BUCKETS + 1)
  for (let pixel = 0; pixel < data.length; pixel++) starts[bucketOf(pixel) + 1]!++
  for (let bucket = 0; bucket < BUCKETS; bucket++) starts[bucket + 1]! += starts[bucket]!
  const order = new Uint32Array(data.length)
  const next = starts.slice()
  for (let pixel = 0; pixel < data.length; pixel++) order[next[bucketOf(pixel)]!++] = pixel
  for (let bucket = 0; bucket < BUCKETS; bucket++)
    yield* order.subarray(starts[bucket], starts[bucket + 1]).sort((a, b) => data[b]! - data[a]!)
}

const root = (parent: Int32Array, pixel: number): number => {
  let at = pixel
  while (parent[at] !== at) {
    parent[at] = parent[parent[at]!]!
    at = parent[at]!
  }
  return at
}

const join = (parent: Int32Array, size: Int32Array, a: number, b: number): void => {
  const rootA = root(parent, a)
  const rootB = root(parent, b)
  if (rootA === rootB) return
  const [small, large] = size[rootA]! < size[rootB]! ? [rootA, rootB] : [rootB, rootA]
  parent[small] = large
  size[large]! += size[small]!
}
