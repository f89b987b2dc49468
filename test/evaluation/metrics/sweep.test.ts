import assert from 'node:assert/strict'
import type { BucketReader } from '../../../evaluation/metrics/bucket-reader.ts'
import { BUCKETS } from '../../../evaluation/metrics/buckets.ts'
import type { StepSink } from '../../../evaluation/metrics/steps.ts'
import { sweepDown } from '../../../evaluation/metrics/sweep.ts'

const BUCKET = 0xbf80

/** All entries in one bucket. @param width words of an entry */
const readerOf = (words: readonly number[], width: number, failing = false): BucketReader => {
  const counts = new Float64Array(BUCKETS)
  counts[BUCKET] = words.length / width
  return {
    counts,
    *entriesIn() {
      yield Uint16Array.from(words)
      if (failing) throw new Error('the disk has gone')
    },
  }
}

/** Of each step how many good ones came before it, and what is at it. */
const swept = (good: BucketReader, anomalous: BucketReader) => {
  const steps: number[][] = []
  let below = 0
  const sink: StepSink = {
    take: ({ count, passed, positives, negatives, overlaps }) => {
      for (let i = 0; i < count; i++) steps.push([passed[i]!, positives[i]!, negatives[i]!, overlaps[i]!])
    },
    end: (passed) => {
      below = passed
    },
  }
  sweepDown({ good, anomalous, marks: [] }, sink)
  return { steps, below }
}

// Places, highest first; anomalous ones with the area of their region in two halves.
const GOOD = [65_535, 40_000, 300, 299, 299, 64, 63, 0]
const ANOMALOUS = [300, 4, 0, 40_000, 4, 0, 64, 0, 1, 300, 2, 0]
const EXPECTED = {
  steps: [
    [1, 1, 1, 0.25],
    [0, 2, 1, 0.75],
    [2, 1, 1, 1 / 65_536],
  ],
  below: 2,
}

describe('a sweep through a bucket', () => {
  it('counts good pixels by the step that they are at, or the gap above it', () => {
    assert.deepEqual(swept(readerOf(GOOD, 1), readerOf(ANOMALOUS, 3)), EXPECTED)
  })

  it('knows nothing of one before, ended or broken off', () => {
    const whole = readerOf(ANOMALOUS, 3)
    assert.throws(() => swept(readerOf(GOOD, 1), readerOf([7, 1, 0], 3, true)), /disk has gone/)
    assert.throws(() => swept(readerOf([9], 1, true), whole), /disk has gone/)
    assert.deepEqual(swept(readerOf(GOOD, 1), whole), EXPECTED)
    assert.deepEqual(swept(readerOf(GOOD, 1), whole), EXPECTED)
  })
})
