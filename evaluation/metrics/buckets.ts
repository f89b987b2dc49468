/** All keys with the same upper 16 bits are one bucket; the lower 16 bits are a key's place in it. */
export const BUCKETS = 0x1_0000
export const PLACES = 0x1_0000

export const bucketOf = (key: number): number => key >>> 16
export const placeOf = (key: number): number => key & 0xffff
export const keyAt = (bucket: number, place: number): number => ((bucket << 16) | place) >>> 0

/** Uint32 words of an entry: its key alone, or its key and a number that goes with it. */
export type Width = 1 | 2

/**
 * Puts entries in the order of their buckets, highest first; within a bucket they stay in the order they came in. One pass of a radix sort
 * from the upper digit (Knuth, The Art of Computer Programming 3, §5.2.5): cheaper than a whole sort, and enough to walk through any number of
 * such runs side by side, bucket after bucket.
 * @returns entries in each bucket
 */
export const orderByBucket = (entries: Uint32Array, width: Width, into: Uint32Array): Uint32Array => {
  const counts = new Uint32Array(BUCKETS)
  for (let i = 0; i < entries.length; i += width) counts[entries[i]! >>> 16]!++
  const next = new Uint32Array(BUCKETS)
  for (let bucket = BUCKETS - 1, start = 0; bucket >= 0; bucket--) {
    next[bucket] = start
    start += counts[bucket]! * width
  }
  if (width === 1) for (let i = 0; i < entries.length; i++) into[next[entries[i]! >>> 16]!++] = entries[i]!
  else
    for (let i = 0; i < entries.length; i += 2) {
      const to = next[entries[i]! >>> 16]!
      into[to] = entries[i]!
      into[to + 1] = entries[i + 1]!
      next[entries[i]! >>> 16] = to + 2
    }
  return counts
}
