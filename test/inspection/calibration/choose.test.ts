import assert from 'node:assert/strict'
import { falseRejectBound } from '../../../inspection/calibration/bound.ts'
import {
  type CalibrationRule,
  chooseThresholds,
  passingScores,
} from '../../../inspection/calibration/choose.ts'
import { seeded } from '../random.ts'

const QUANTILE: CalibrationRule = {
  rule: 'quantile',
  quantile: 1,
  rate: 0.01,
  margin: 0,
  pixel: true,
  configuredPixel: null,
}
const RATE: CalibrationRule = { ...QUANTILE, rule: 'rate' }

/** Good parts with scores and peaks 0.001, 0.002, … in an order that is not sorted. */
const parts = (n: number) => {
  const values = Array.from({ length: n }, (_, i) => (((i * 7) % n) + 1) / 1000)
  return { scores: values, peaks: values.map(Math.fround) }
}
const countOver = (values: readonly number[], threshold: number | null): number =>
  values.filter((value) => threshold !== null && value >= threshold).length

describe('thresholds from good parts', () => {
  it('lie strictly above every good part at quantile 1', () => {
    const good = parts(50)
    const { score, pixel, falseRejectBound: bound } = chooseThresholds(good, QUANTILE)
    assert.equal(countOver(good.scores, score), 0)
    assert.equal(countOver(good.peaks, pixel), 0)
    assert.ok(score! > 0.05 && score! < 0.05 + 1e-12)
    assert.equal(bound, falseRejectBound(50, 2))
  })

  it('leave exactly the share beyond a quantile above them', () => {
    const good = parts(100)
    for (const [quantile, beyond] of [
      [0.99, 1],
      [0.9, 10],
      [0.5, 50],
    ] as const) {
      const { score, falseRejectBound: bound } = chooseThresholds(good, {
        ...QUANTILE,
        quantile,
        pixel: false,
      })
      assert.equal(countOver(good.scores, score), beyond)
      assert.equal(bound, falseRejectBound(100, beyond + 1))
    }
  })

  it('reject ties together or not at all: never more good parts than the quantile allows', () => {
    const scores = [...Array<number>(30).fill(0.4), ...Array<number>(20).fill(0.6)]
    const { score } = chooseThresholds({ scores, peaks: scores }, { ...QUANTILE, quantile: 0.9 })
    assert.equal(countOver(scores, score), 0)
    assert.ok(score! > 0.6)
  })

  it('stay usable when good scores crowd below 1: above them, and exceeded by a higher score', () => {
    const good = Math.fround(0.99999)
    const scores = Array<number>(20).fill(good)
    for (const margin of [0, 0.2]) {
      const { score, pixel } = chooseThresholds({ scores, peaks: scores }, { ...QUANTILE, margin })
      assert.ok(score! > good && pixel! > good)
      assert.ok(Math.fround(0.999999) >= score! && Math.fround(0.999999) >= pixel!)
    }
  })

  it('keep a pixel threshold above the good maps even when it is rounded to float32', () => {
    const peaks = [0.1, 0.7, 0.3].map(Math.fround)
    const { pixel } = chooseThresholds({ scores: peaks, peaks }, QUANTILE)
    assert.equal(Math.fround(pixel!), pixel)
    assert.ok(pixel! > Math.fround(0.7))
  })

  it('are refused for a value whose good parts reach 1, and the other value gets the whole rate', () => {
    const chosen = chooseThresholds({ scores: [0.5, 1, 0.7], peaks: [0.1, 0.2, 0.3] }, QUANTILE)
    assert.equal(chosen.score, null)
    assert.ok(chosen.pixel! > 0.3)
    assert.equal(chosen.falseRejectBound, falseRejectBound(3, 1))
    const neither = chooseThresholds({ scores: [1, 1], peaks: [1, 1] }, QUANTILE)
    assert.deepEqual([neither.score, neither.pixel], [null, null])
  })

  it('are raised by the margin as a share of the way to 1', () => {
    const { score } = chooseThresholds({ scores: [0.2, 0.9], peaks: [0, 0] }, { ...QUANTILE, margin: 0.1 })
    assert.ok(Math.abs(score! - 0.91) < 1e-12)
  })

  it('know a score that half of the good parts lie below', () => {
    for (const n of [2, 3, 4, 51, 100]) {
      const good = parts(n)
      const { aboveMedian } = chooseThresholds(good, QUANTILE)
      assert.ok(good.scores.filter((score) => score < aboveMedian).length >= n / 2)
    }
  })

  it('by rate reject as many good parts as the rate leaves room for, and no more', () => {
    const good = parts(1000)
    const {
      score,
      pixel,
      falseRejectBound: bound,
      partsNeeded,
    } = chooseThresholds(good, { ...RATE, rate: 0.05 })
    const blocks = countOver(good.scores, score) + 1 + countOver(good.peaks, pixel) + 1
    assert.equal(bound, falseRejectBound(1000, blocks))
    assert.ok(bound <= 0.05)
    assert.ok(falseRejectBound(1000, blocks + 1) > 0.05)
    assert.equal(partsNeeded, null)
  })

  it('by rate lie above all good parts when these are too few, and say how many are needed', () => {
    const good = parts(50)
    const both = chooseThresholds(good, RATE)
    assert.equal(countOver(good.scores, both.score) + countOver(good.peaks, both.pixel), 0)
    assert.equal(both.partsNeeded, 473)
    assert.equal(chooseThresholds(good, { ...RATE, pixel: false }).partsNeeded, 299)
    assert.equal(chooseThresholds(parts(299), { ...RATE, pixel: false }).partsNeeded, null)
  })

  it('pass every good part below the order statistic whatever its value (property)', () => {
    const random = seeded(3)
    for (let trial = 0; trial < 200; trial++) {
      const n = 2 + Math.floor(random() * 80)
      // Coarse steps make ties, the scale moves them up to the edge of 1.
      const scale = random()
      const scores = Array.from({ length: n }, () => 1 - scale * (1 + Math.floor(random() * 12)) * 0.08)
      const quantile = 0.5 + random() / 2
      const rule = { ...QUANTILE, quantile, margin: random() < 0.5 ? 0 : random() * 0.9 }
      const { score } = chooseThresholds({ scores, peaks: scores }, rule)
      assert.ok(score !== null && score <= 1)
      assert.ok(countOver(scores, score) <= (1 - quantile) * n + 1e-9)
    }
  })

  it('leave a configured pixel threshold as it is and count the good parts that it rejects', () => {
    const scoreOnly = { ...QUANTILE, pixel: false }
    for (const [configuredPixel, rejected] of [
      [0.09, 0],
      [0.0495, 1],
      [0.0405, 10],
    ] as const) {
      const chosen = chooseThresholds(parts(50), { ...scoreOnly, configuredPixel })
      assert.equal(chosen.pixel, configuredPixel)
      assert.equal(chosen.score, chooseThresholds(parts(50), scoreOnly).score)
      const expected = falseRejectBound(50, 1, 0.975) + falseRejectBound(50, rejected + 1, 0.975)
      assert.equal(chosen.falseRejectBound, expected)
    }
    assert.equal(chooseThresholds(parts(50), { ...scoreOnly, configuredPixel: 0.0005 }).falseRejectBound, 1)
  })
})

describe('the scores of passing good parts', () => {
  it('are those under both thresholds, without the one that the score threshold was taken from', () => {
    const good = { scores: [0.1, 0.4, 0.3, 0.2, 0.5], peaks: [0.1, 0.1, 0.1, 0.9, 0.1] }
    const { score } = chooseThresholds(good, { ...QUANTILE, quantile: 0.8 })
    assert.deepEqual(passingScores(good, { score, pixel: 0.8 }), [0.1, 0.3])
    assert.deepEqual(passingScores(good, { score: 0.45, pixel: 0.8 }), [0.1, 0.4, 0.3])
    assert.deepEqual(passingScores(good, { score: null, pixel: null }), good.scores)
  })

  it('keep the other parts of the same score', () => {
    const good = { scores: [0.3, 0.3, 0.3], peaks: [0.1, 0.1, 0.1] }
    const { score } = chooseThresholds(good, QUANTILE)
    assert.deepEqual(passingScores(good, { score, pixel: null }), [0.3, 0.3])
  })
})
