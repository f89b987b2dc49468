import { labelComponents } from '../../inspection/regions/index.ts'
import type { Mask } from '../../inspection/types.ts'

/** The pixels of one map, by what the mask says of them. */
export interface Split {
  /** Keys of the good pixels. */
  readonly good: Uint32Array
  /** Of each anomalous pixel its key and the area of its region, in pixels. */
  readonly anomalous: Uint32Array
  /** Connected anomalous regions. */
  readonly regions: number
}

const NOTHING = new Uint32Array(0)

/** @param keys of the map's scores; good ones are moved together in it, as maps come by the thousand */
export const splitByMask = (keys: Uint32Array, mask: Mask): Split => {
  // Most masks are empty, and then there is nothing to label.
  if (isEmpty(mask.data)) return { good: keys, anomalous: NOTHING, regions: 0 }
  const { labels, sizes } = labelComponents(mask)
  const areas = Uint32Array.from(sizes)
  const anomalous = new Uint32Array(2 * (keys.length - areas[0]!))
  let [goodEnd, anomalousEnd] = [0, 0]
  for (let pixel = 0; pixel < keys.length; pixel++) {
    const region = labels[pixel]!
    if (region === 0) keys[goodEnd++] = keys[pixel]!
    else {
      anomalous[anomalousEnd++] = keys[pixel]!
      anomalous[anomalousEnd++] = areas[region]!
    }
  }
  return { good: keys.subarray(0, goodEnd), anomalous, regions: sizes.length - 1 }
}

const isEmpty = (mask: Uint8Array): boolean => {
  for (let pixel = 0; pixel < mask.length; pixel++) if (mask[pixel] !== 0) return false
  return true
}
