import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { sortByScore } from './sort.ts'

/** What stands at one place of a sorted run. */
export interface Weighted {
  readonly score: number
  readonly weight: number
}

/** Scores with a weight each, in any number, sorted on disk beyond what memory may hold. */
export interface Runs {
  push(score: number, weight: number): void
  /** All of them, highest score first; nothing may be pushed afterwards. */
  descending(): Generator<Weighted>
  close(): void
}

/** Bytes of an entry on the disk: its score and its weight. */
const ENTRY_BYTES = 4 + 8
/** Entries that are read at a time from each run. */
const BLOCK = 4_096

/**
 * External sorting: what is full is sorted and written as a run, and the runs are merged when they are read (Knuth, The Art of Computer
 * Programming 3, §5.4.1).
 * @param folder for the runs; whoever made it removes it
 * @param capacity entries that memory may hold
 */
export const sortedRuns = (folder: string, name: string, capacity: number): Runs => {
  const scores = new Float32Array(capacity)
  const weights = new Float64Array(capacity)
  let filled = 0
  const files: { readonly descriptor: number; readonly entries: number }[] = []

  const spill = (): void => {
    sortByScore(scores, weights, filled)
    const descriptor = openSync(join(folder, `${name}-${files.length}.run`), 'wx+', 0o600)
    files.push({ descriptor, entries: filled })
    for (let start = 0; start < filled; start += BLOCK)
      writeWhole(descriptor, encode(scores, weights, start, Math.min(start + BLOCK, filled)))
    filled = 0
  }

  return {
    push: (score, weight) => {
      if (filled === capacity) spill()
      scores[filled] = score
      weights[filled++] = weight
    },
    descending: () => {
      sortByScore(scores, weights, filled)
      return merged([
        ...files.map(({ descriptor, entries }) => fromFile(descriptor, entries)),
        fromMemory(scores, weights, filled),
      ])
    },
    close: () => {
      for (const { descriptor } of files) closeSync(descriptor)
      files.length = 0
    },
  }
}

/** A run from its highest entry down. */
interface Cursor {
  score: number
  weight: number
  /** False at the end. */
  readonly next: () => boolean
}

const fromMemory = (scores: Float32Array, weights: Float64Array, entries: number): Cursor => {
  let at = entries
  const cursor: Cursor = {
    score: 0,
    weight: 0,
    next: () => {
      if (at === 0) return false
      at--
      cursor.score = scores[at]!
      cursor.weight = weights[at]!
      return true
    },
  }
  return cursor
}

const fromFile = (descriptor: number, entries: number): Cursor => {
  const block = Buffer.alloc(BLOCK * ENTRY_BYTES)
  let first = entries
  let at = 0
  const cursor: Cursor = {
    score: 0,
    weight: 0,
    next: () => {
      if (at === 0) {
        if (first === 0) return false
        const last = first
        // Blocks as they were written: the last one may be short.
        first = Math.floor((last - 1) / BLOCK) * BLOCK
        at = last - first
        readWhole(descriptor, block.subarray(0, at * ENTRY_BYTES), first * ENTRY_BYTES)
      }
      at--
      cursor.score = block.readFloatLE(at * ENTRY_BYTES)
      cursor.weight = block.readDoubleLE(at * ENTRY_BYTES + 4)
      return true
    },
  }
  return cursor
}

/** Over a binary heap of the runs, the one with the highest score at its root. */
function* merged(runs: readonly Cursor[]): Generator<Weighted> {
  const heap = runs.filter((run) => run.next()).toSorted((a, b) => b.score - a.score)
  while (heap.length > 0) {
    const root = heap[0]!
    yield { score: root.score, weight: root.weight }
    if (!root.next()) {
      const last = heap.pop()!
      if (heap.length === 0) return
      if (last !== root) heap[0] = last
    }
    sink(heap)
  }
}

const sink = (heap: Cursor[]): void => {
  const moved = heap[0]!
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]!.score > heap[child]!.score) child++
    if (heap[child]!.score <= moved.score) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = moved
}

const encode = (scores: Float32Array, weights: Float64Array, start: number, end: number): Buffer => {
  const bytes = Buffer.alloc((end - start) * ENTRY_BYTES)
  for (let i = start; i < end; i++) {
    bytes.writeFloatLE(scores[i]!, (i - start) * ENTRY_BYTES)
    bytes.writeDoubleLE(weights[i]!, (i - start) * ENTRY_BYTES + 4)
  }
  return bytes
}

const writeWhole = (descriptor: number, bytes: Buffer): void => {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
}

const readWhole = (descriptor: number, into: Buffer, position: number): void => {
  for (let done = 0; done < into.length; ) {
    const read = readSync(descriptor, into, done, into.length - done, position + done)
    if (read === 0) throw new Error('a sorted run ends before its last entry')
    done += read
  }
}
