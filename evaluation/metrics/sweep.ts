import type { BucketReader } from './bucket-reader.ts'
import { BUCKETS, bucketOf, keyAt, PLACES, placeOf } from './buckets.ts'
import { scoreOf } from './keys.ts'
import { makeSteps, type StepSink } from './steps.ts'

export interface Sweep {
  /** Entries are the keys of good pixels. */
  readonly good: BucketReader
  /** Entries are the keys of anomalous pixels, each with the area of its region. */
  readonly anomalous: BucketReader
  /** Keys at which a step is wanted, also without an anomalous pixel. */
  readonly marks: readonly number[]
}

/**
 * Goes through all pixels from the highest score down, with a step wherever there is an anomalous one. A bucket's keys differ in 16 bits only:
 * its good pixels are not sorted but counted, by the step they are at or the gap between two steps that they lie in.
 */
export const sweepDown = ({ good, anomalous, marks }: Sweep, sink: StepSink): void => {
  const marksIn = Map.groupBy(marks, bucketOf)
  const memory = spare ?? startMemory()
  // After an error it is not as it has to be.
  spare = null
  const { places, steps, positives, overlaps, negatives } = memory

  let passed = 0
  for (let bucket = BUCKETS - 1; bucket >= 0; bucket--) {
    const marked = marksIn.get(bucket)
    if (anomalous.counts[bucket] === 0 && marked === undefined) {
      passed += good.counts[bucket]!
      continue
    }
    for (const key of marked ?? []) want(placeOf(key), places)
    for (const entries of anomalous.entriesIn(bucket)) countAnomalous(entries, places, positives, overlaps)
    const count = numberSlots(places)
    for (const entries of good.entriesIn(bucket)) countGood(entries, places, negatives)
    negatives[0]! += passed
    for (let step = 0; step < count; step++) {
      const place = places.ordered[step]!
      steps.scores[step] = scoreOf(keyAt(bucket, place))
      steps.passed[step] = negatives[2 * step]!
      steps.positives[step] = positives[place]!
      steps.negatives[step] = negatives[2 * step + 1]!
      steps.overlaps[step] = overlaps[place]!
      positives[place] = 0
      overlaps[place] = 0
    }
    sink.take({ count, ...steps })
    passed = negatives[2 * count]!
    negatives.fill(0, 0, 2 * count + 1)
  }
  sink.end(passed)
  spare = memory
}

/** What is needed for one bucket, and clear between two. */
interface Memory {
  readonly places: Places
  readonly steps: ReturnType<typeof makeSteps>
  /** By place. */
  readonly positives: Float64Array
  readonly overlaps: Float64Array
  /** By slot. */
  readonly negatives: Float64Array
}

const startMemory = (): Memory => ({
  places: startPlaces(),
  steps: makeSteps(PLACES),
  positives: new Float64Array(PLACES),
  overlaps: new Float64Array(PLACES),
  negatives: new Float64Array(2 * PLACES + 1),
})

/** For the next category, see memory.ts. */
let spare: Memory | null = null

/** Most buckets have few steps: places without one are taken a block at a time. */
const BLOCK_BITS = 6
const BLOCKS = PLACES >>> BLOCK_BITS

/** Where in a bucket steps are wanted, and which of them every place belongs to. */
interface Places {
  /** A bit for each place, and whether a block has any. Clear before and after `numberSlots`. */
  readonly wanted: Uint32Array
  readonly hasWanted: Uint8Array
  /** Of the steps, highest first. */
  readonly ordered: Uint16Array
  /** Slot of all places of a block, or -1 if each has its own: 2n + 1 at step n, 2n in the gap above it. */
  readonly slotOfBlock: Int32Array
  readonly slots: Int32Array
}

const startPlaces = (): Places => ({
  wanted: new Uint32Array(PLACES / 32),
  hasWanted: new Uint8Array(BLOCKS),
  ordered: new Uint16Array(PLACES),
  slotOfBlock: new Int32Array(BLOCKS),
  slots: new Int32Array(PLACES),
})

// Functions of their own, called often: of a long loop in a function that is called once, V8 makes fast machine code only now and then.

const want = (place: number, { wanted, hasWanted }: Places): void => {
  wanted[place >>> 5]! |= 1 << (place & 31)
  hasWanted[place >>> BLOCK_BITS] = 1
}

const countAnomalous = (
  entries: Uint16Array,
  places: Places,
  positives: Float64Array,
  overlaps: Float64Array,
): void => {
  for (let i = 0; i < entries.length; i += 3) {
    const place = entries[i]!
    want(place, places)
    positives[place]!++
    overlaps[place]! += 1 / (entries[i + 1]! + entries[i + 2]! * 0x1_0000)
  }
}

/** Takes all places that are wanted as steps. @returns how many */
const numberSlots = ({ wanted, hasWanted, ordered, slotOfBlock, slots }: Places): number => {
  let count = 0
  for (let block = BLOCKS - 1; block >= 0; block--) {
    if (hasWanted[block] === 0) {
      slotOfBlock[block] = 2 * count
      continue
    }
    hasWanted[block] = 0
    slotOfBlock[block] = -1
    const lowest = block << BLOCK_BITS
    let above = lowest + (1 << BLOCK_BITS)
    for (let word = (above >>> 5) - 1; word >= lowest >>> 5; word--) {
      let left = wanted[word]! | 0
      for (wanted[word] = 0; left !== 0; ) {
        const bit = 31 - Math.clz32(left)
        left ^= 1 << bit
        const place = (word << 5) | bit
        while (--above > place) slots[above] = 2 * count
        slots[place] = 2 * count + 1
        ordered[count++] = place
      }
    }
    while (--above >= lowest) slots[above] = 2 * count
  }
  return count
}

const countGood = (entries: Uint16Array, { slotOfBlock, slots }: Places, negatives: Float64Array): void => {
  for (let i = 0; i < entries.length; i++) {
    const place = entries[i]!
    const slot = slotOfBlock[place >>> BLOCK_BITS]!
    negatives[slot < 0 ? slots[place]! : slot]!++
  }
}
