import { BUCKETS } from './buckets.ts'
import type { RunFile } from './run-file.ts'

/** Entries in the order of their buckets. Positions and lengths are in words. */
export interface Run {
  readonly position: number
  readonly length: number
  /** The buckets that it has entries in, highest first, and how many. */
  readonly buckets: Uint16Array
  readonly counts: Uint32Array
}

/** @param entries in each bucket @param width words of an entry */
export const runAt = (position: number, entries: Uint32Array, width: number): Run => {
  const buckets: number[] = []
  let length = 0
  for (let bucket = entries.length - 1; bucket >= 0; bucket--) {
    if (entries[bucket] === 0) continue
    buckets.push(bucket)
    length += width * entries[bucket]!
  }
  const counts = Uint32Array.from(buckets, (bucket) => entries[bucket]!)
  return { position, length, buckets: Uint16Array.from(buckets), counts }
}

/** Words of a run between two positions, or those of them that come first. */
export type WordsOfRun = (from: number, to: number) => Uint16Array

/** A block at a time. @param memory for a block: whole entries */
export const readThrough = (file: RunFile, run: Run, memory: Uint16Array): WordsOfRun => {
  let [start, end] = [0, 0]
  return (from, to) => {
    if (from >= end) {
      start = from
      end = Math.min(from + memory.length, run.position + run.length)
      file.read(memory.subarray(0, end - start), start)
    }
    return memory.subarray(from - start, Math.min(to, end) - start)
  }
}

export interface BucketReader {
  /** Entries in each bucket. */
  readonly counts: Float64Array
  /**
   * All entries of a bucket, as `orderByBucket` leaves them and in the order they were added, in pieces that are valid until the next.
   * Buckets have to be asked for from the highest down; not all need be. @throws EVALUATION_DISK
   */
  entriesIn(bucket: number): Iterable<Uint16Array>
}

/** Reads runs side by side. @param width words of an entry */
export const bucketReader = (
  runs: readonly { readonly run: Run; readonly words: WordsOfRun }[],
  width: number,
): BucketReader => {
  const counts = new Float64Array(BUCKETS)
  for (const { run } of runs)
    for (const [i, bucket] of run.buckets.entries()) counts[bucket]! += run.counts[i]!
  const cursors = runs.map(({ run, words }) => ({ run, words, next: 0, position: run.position }))

  return {
    counts,
    *entriesIn(bucket) {
      for (const cursor of cursors) {
        const { run, words } = cursor
        for (; cursor.next < run.buckets.length && run.buckets[cursor.next]! >= bucket; cursor.next++) {
          const end = cursor.position + width * run.counts[cursor.next]!
          if (run.buckets[cursor.next] === bucket)
            while (cursor.position < end) {
              const piece = words(cursor.position, end)
              yield piece
              cursor.position += piece.length
            }
          cursor.position = end
        }
      }
    },
  }
}
