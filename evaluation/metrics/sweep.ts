import type { BucketReader } from './bucket-reader.ts'
import { BUCKETS, bucketOf, keyAt, PLACES, placeOf } from './buckets.ts'
import { scoreOf } from './keys.ts'
import type { StepSink } from './steps.ts'

/** Most buckets of a small category have few entries: whole blocks of places are passed over at once. */
const BLOCK_BITS = 8
const BLOCK = 1 << BLOCK_BITS

export interface Sweep {
  /** Entries are the keys of good pixels. */
  readonly good: BucketReader
  /** Entries are the keys of anomalous pixels, each with the area of its region. */
  readonly anomalous: BucketReader
  /** Keys at which a step is wanted, also without an anomalous pixel. */
  readonly marks: readonly number[]
}

/**
 * Goes through all pixels from the highest score down, with a step wherever there is an anomalous one. A bucket's keys differ in 16 bits only,
 * so that they are not sorted but counted.
 */
export const sweepDown = ({ good, anomalous, marks }: Sweep, sink: StepSink): void => {
  const negatives = new Float64Array(PLACES)
  /** The same of each `BLOCK` places together. */
  const blocks = new Float64Array(PLACES / BLOCK)
  const positives = new Float64Array(PLACES)
  const overlaps = new Float64Array(PLACES)
  const isStep = Buffer.alloc(PLACES)
  const marksIn = Map.groupBy(marks, bucketOf)

  const countAnomalous = (bucket: number): void => {
    for (const entries of anomalous.entriesIn(bucket))
      for (let i = 0; i < entries.length; i += 3) {
        const place = entries[i]!
        isStep[place] = 1
        positives[place]!++
        overlaps[place]! += 1 / (entries[i + 1]! + entries[i + 2]! * 0x1_0000)
      }
  }
  const countGood = (bucket: number): void => {
    for (const entries of good.entriesIn(bucket)) countPlaces(entries, negatives, blocks)
  }

  const stepAt = (bucket: number, place: number): void => {
    sink.step({
      score: scoreOf(keyAt(bucket, place)),
      positives: positives[place]!,
      negatives: negatives[place]!,
      overlap: overlaps[place]!,
    })
    isStep[place] = 0
    positives[place] = 0
    overlaps[place] = 0
  }

  /** Good pixels since the last step. A field, as V8 makes an object of each number that a variable of a closure is set to. */
  const since = { passed: 0 }
  const sweepBucket = (bucket: number): void => {
    let left = good.counts[bucket]!
    for (let above = PLACES; above > 0; ) {
      const place = isStep.lastIndexOf(1, above - 1)
      // What is below the last step has not to be summed up.
      const count = place < 0 ? left : sumOf(negatives, blocks, place + 1, above)
      since.passed += count
      if (place >= 0) {
        left -= count + negatives[place]!
        sink.pass(since.passed)
        since.passed = 0
        stepAt(bucket, place)
      }
      above = place
    }
  }
  for (let bucket = BUCKETS - 1; bucket >= 0; bucket--) {
    const marked = marksIn.get(bucket)
    if (anomalous.counts[bucket] === 0 && marked === undefined) {
      since.passed += good.counts[bucket]!
      continue
    }
    for (const key of marked ?? []) isStep[placeOf(key)] = 1
    countAnomalous(bucket)
    countGood(bucket)
    sweepBucket(bucket)
    negatives.fill(0)
    blocks.fill(0)
  }
  sink.pass(since.passed)
}

// Functions of their own, called often: of a long loop in a function that is called once, V8 makes fast machine code only now and then.

const countPlaces = (entries: Uint16Array, counts: Float64Array, blocks: Float64Array): void => {
  for (let i = 0; i < entries.length; i++) {
    const place = entries[i]!
    counts[place]!++
    blocks[place >>> BLOCK_BITS]!++
  }
}

/** @param end behind the last place */
const sumOf = (counts: Float64Array, blocks: Float64Array, from: number, end: number): number => {
  let sum = 0
  for (let place = from; place < end; )
    if (place % BLOCK === 0 && place + BLOCK <= end) {
      sum += blocks[place >>> BLOCK_BITS]!
      place += BLOCK
    } else sum += counts[place++]!
  return sum
}
