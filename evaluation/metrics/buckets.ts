/** All keys with the same upper 16 bits are one bucket; the lower 16 bits are a key's place in it. */
export const BUCKETS = 0x1_0000
export const PLACES = 0x1_0000

export const bucketOf = (key: number): number => key >>> 16
export const placeOf = (key: number): number => key & 0xffff
export const keyAt = (bucket: number, place: number): number => ((bucket << 16) | place) >>> 0

/** Words of 32 bits that an entry has: its key alone, or its key and a number that goes with it. */
export type Width = 1 | 2

/** Words of 16 bits that are left of it within its bucket: its place, and the lower and the upper half of the number. */
export const placedWidth = (width: Width): number => 2 * width - 1

/**
 * Puts entries in the order of their buckets, highest first; within a bucket they stay in the order they came in. One pass of a radix sort
 * from the upper digit (Knuth, The Art of Computer Programming 3, §5.2.5): cheaper than a whole sort, and enough to walk through any number of
 * such runs side by side, bucket after bucket.
 * @returns entries in each bucket
 */
export const orderByBucket = (entries: Uint32Array, width: Width, placed: Uint16Array): Uint32Array => {
  const counts = new Uint32Array(BUCKETS)
  for (let i = 0; i < entries.length; i += width) counts[entries[i]! >>> 16]!++
  const next = new Uint32Array(BUCKETS)
  for (let bucket = BUCKETS - 1, start = 0; bucket >= 0; bucket--) {
    next[bucket] = start
    start += counts[bucket]! * placedWidth(width)
  }
  // Stores into 16 bits cut off the rest.
  if (width === 1) for (let i = 0; i < entries.length; i++) placed[next[entries[i]! >>> 16]!++] = entries[i]!
  else
    for (let i = 0; i < entries.length; i += 2) {
      const [key, number] = [entries[i]!, entries[i + 1]!]
      const to = next[key >>> 16]!
      placed[to] = key
      placed[to + 1] = number
      placed[to + 2] = number >>> 16
      next[key >>> 16] = to + 3
    }
  return counts
}
