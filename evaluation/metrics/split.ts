import { markedRows } from '../../inspection/marked-rows.ts'
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

export const allGood = (keys: Uint32Array): Split => ({
  good: keys,
  anomalous: new Uint32Array(),
  regions: 0,
})

/**
 * @param keys of the map's scores. Good ones are moved together in place: maps come by the thousand, and new memory for each would cost as
 * much as all the rest.
 */
export const splitByMask = (keys: Uint32Array, mask: Mask): Split => {
  const [from, to] = markedRows(mask.data, mask.width)
  const start = from * mask.width
  const data = mask.data.subarray(start, to * mask.width)
  const { labels, sizes } = labelComponents({ width: mask.width, height: to - from, data })
  const areas = Uint32Array.from(sizes)
  const anomalous = new Uint32Array(2 * (data.length - areas[0]!))
  let [goodEnd, anomalousEnd] = [start, 0]
  for (let i = 0; i < labels.length; i++) {
    const key = keys[start + i]!
    const region = labels[i]!
    if (region === 0) keys[goodEnd++] = key
    else {
      anomalous[anomalousEnd++] = key
      anomalous[anomalousEnd++] = areas[region]!
    }
  }
  keys.copyWithin(goodEnd, start + labels.length)
  return {
    good: keys.subarray(0, keys.length - anomalousEnd / 2),
    anomalous,
    regions: sizes.length - 1,
  }
}
