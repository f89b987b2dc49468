import { BUCKETS, bucketOf, orderByBucket, type Width } from './buckets.ts'
import { createRunFile, type RunFile } from './run-file.ts'

/** Entries of one or two words, the first of them a key, in any number: on disk beyond what memory may hold. */
export interface Runs {
  /** @throws EVALUATION_DISK */
  add(entries: Uint32Array): void
  /** Once, at the end; nothing may be added afterwards. @throws EVALUATION_DISK */
  read(): BucketReader
  close(): void
}

export interface BucketReader {
  /** Entries in each bucket. */
  readonly counts: Float64Array
  /** All entries of a bucket in the order they were added, in pieces, each valid until the next. Buckets have to be asked for from the highest down. */
  entriesIn(bucket: number): Iterable<Uint32Array>
}

export interface RunsOptions {
  /** Of the file, which is made once it is needed and which whoever made its folder removes. */
  readonly path: string
  readonly width: Width
  /** Entries that memory may hold. */
  readonly capacity: number
  /** As large as the memory for entries; others may use it between two calls. */
  readonly scratch: Uint32Array
}

/** Words that are read at a time from each run, at least. */
const LEAST_BLOCK = 1_024

/**
 * Half of an external radix sort: what is full is put in the order of its buckets and written as a run, and the runs are read side by side,
 * bucket after bucket. What is left to do within a bucket needs no comparison either, as its keys differ in 16 bits only.
 */
export const bucketRuns = ({ path, width, capacity, scratch }: RunsOptions): Runs => {
  const buffer = new Uint32Array(capacity * width)
  const counts = new Float64Array(BUCKETS)
  const runs: { readonly position: number; readonly words: number }[] = []
  let file: RunFile | null = null
  let [filled, written] = [0, 0]

  /** @returns what memory holds, in the order of its buckets, in `scratch` */
  const ordered = (): Uint32Array => {
    const found = orderByBucket(buffer.subarray(0, filled), width, scratch)
    for (let bucket = 0; bucket < BUCKETS; bucket++) counts[bucket]! += found[bucket]!
    return scratch.subarray(0, filled)
  }
  const spill = (): void => {
    file ??= createRunFile(path)
    file.append(ordered())
    runs.push({ position: written, words: filled })
    written += filled
    filled = 0
  }

  return {
    add: (entries) => {
      for (let from = 0; from < entries.length; ) {
        if (filled === buffer.length) spill()
        const to = Math.min(entries.length, from + buffer.length - filled)
        buffer.set(entries.subarray(from, to), filled)
        filled += to - from
        from = to
      }
    },
    read: () => {
      if (file === null) {
        buffer.set(ordered())
        return readerOf([{ block: buffer.subarray(0, filled), at: 0, refill: () => null }], counts, width)
      }
      if (filled > 0) spill()
      // The memory that runs were made in now holds a block of each.
      const length = Math.max(LEAST_BLOCK, Math.floor(buffer.length / runs.length / width) * width)
      const blocks = length * runs.length > buffer.length ? new Uint32Array(length * runs.length) : buffer
      const cursors = runs.map(({ position, words }, run) =>
        fileCursor(file!, blocks.subarray(run * length, (run + 1) * length), [position, position + words]),
      )
      return readerOf(cursors, counts, width)
    },
    close: () => {
      file?.close()
      file = null
    },
  }
}

/** Where reading stands within a run. */
interface Cursor {
  block: Uint32Array
  /** In words. */
  at: number
  /** The block that follows; null at the end. */
  readonly refill: () => Uint32Array | null
}

const fileCursor = (file: RunFile, memory: Uint32Array, [from, to]: readonly [number, number]): Cursor => {
  let position = from
  return {
    block: memory.subarray(0, 0),
    at: 0,
    refill: () => {
      if (position === to) return null
      const block = memory.subarray(0, Math.min(memory.length, to - position))
      file.read(block, position)
      position += block.length
      return block
    },
  }
}

const readerOf = (cursors: readonly Cursor[], counts: Float64Array, width: Width): BucketReader => ({
  counts,
  *entriesIn(bucket) {
    for (const cursor of cursors)
      for (;;) {
        if (cursor.at === cursor.block.length) {
          const block = cursor.refill()
          if (block === null) break
          cursor.block = block
          cursor.at = 0
        }
        // Buckets that nobody has asked for lie before.
        const from = firstBelow(bucket + 1, cursor.block, cursor.at, width)
        cursor.at = firstBelow(bucket, cursor.block, from, width)
        if (cursor.at > from) yield cursor.block.subarray(from, cursor.at)
        if (cursor.at < cursor.block.length) break
      }
  },
})

/** Where, from a word of a block on, entries of lower buckets than this begin. */
const firstBelow = (bucket: number, block: Uint32Array, from: number, width: Width): number => {
  let [low, high] = [from / width, block.length / width]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (bucketOf(block[middle * width]!) < bucket) high = middle
    else low = middle + 1
  }
  return low * width
}
