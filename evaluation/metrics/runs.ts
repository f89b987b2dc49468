import { type BucketReader, bucketReader, type Run, readThrough, runAt } from './bucket-reader.ts'
import { orderByBucket, placedWidth, type Width } from './buckets.ts'
import { giveMemory, takeMemory } from './memory.ts'
import { createRunFile, type RunFile } from './run-file.ts'

/** Entries of a key, or of a key and a number, in any number: on disk beyond what memory may hold. */
export interface Runs {
  /** @param entries the words of each, one after the other @throws EVALUATION_DISK */
  add(entries: Uint32Array): void
  /** Once, at the end; nothing may be added afterwards. @throws EVALUATION_DISK */
  read(): BucketReader
  /** Once. */
  close(): void
}

export interface RunsOptions {
  /** Of the file, which is made once it is needed and which whoever made its folder removes. */
  readonly path: string
  readonly width: Width
  /** Entries that memory may hold. */
  readonly capacity: number
}

/** Entries that are read at a time from each run, at least. */
const LEAST_BLOCK = 1_024

/**
 * Half of an external radix sort: what is full is put in the order of its buckets and written as a run, and the runs are read side by side,
 * bucket after bucket. What is left to do within a bucket needs no comparison either, as its keys differ in 16 bits only.
 */
export const bucketRuns = ({ path, width, capacity }: RunsOptions): Runs => {
  const entries = new Uint32Array(takeMemory(4 * capacity * width))
  const placed = new Uint16Array(takeMemory(2 * capacity * placedWidth(width)))
  const runs: Run[] = []
  let file: RunFile | null = null
  let [filled, written] = [0, 0]

  /** Brings what has come in into order, as a run. */
  const order = (): Run => {
    const counts = orderByBucket(entries.subarray(0, filled), width, placed)
    filled = 0
    return runAt(written, counts, placedWidth(width))
  }
  const spill = (): void => {
    file ??= createRunFile(path)
    const run = order()
    file.append(placed.subarray(0, run.length))
    written += run.length
    runs.push(run)
  }

  return {
    add: (added) => {
      for (let from = 0; from < added.length; ) {
        if (filled === entries.length) spill()
        const to = Math.min(added.length, from + entries.length - filled)
        entries.set(added.subarray(from, to), filled)
        filled += to - from
        from = to
      }
    },
    read: () => {
      const entry = placedWidth(width)
      if (file === null)
        return bucketReader([{ run: order(), words: (from, to) => placed.subarray(from, to) }], entry)
      if (filled > 0) spill()
      // The memory that runs were made in now holds a block of each.
      const length = entry * Math.max(LEAST_BLOCK, Math.floor(capacity / runs.length))
      const blocks = runs.length * length > placed.length ? new Uint16Array(runs.length * length) : placed
      const sources = runs.map((run, i) => ({
        run,
        words: readThrough(file!, run, blocks.subarray(i * length, (i + 1) * length)),
      }))
      return bucketReader(sources, entry)
    },
    close: () => {
      file?.close()
      file = null
      giveMemory(entries.buffer)
      giveMemory(placed.buffer)
    },
  }
}
