import assert from 'node:assert/strict'
import { chooseThresholds, passingScores } from '../../../inspection/calibration/choose.ts'
import { DRIFT_WINDOW, type Drift, NO_DRIFT, trackDrift } from '../../../inspection/calibration/drift.ts'
import { exceedancePValue } from '../../../inspection/calibration/exceedance.ts'
import { kolmogorovPValue } from '../../../inspection/calibration/kolmogorov.ts'
import { seeded } from '../random.ts'

const close = (found: number, expected: number): void =>
  assert.ok(Math.abs(found - expected) < 1e-12, `${found} instead of ${expected}`)

/** Every way to deal 1…(n+m) to two samples, with the p-value counted from the statistic itself. */
const dealings = function* (n: number, m: number): Generator<[number[], number[]]> {
  const total = n + m
  for (let bits = 0; bits < 2 ** total; bits++) {
    const a: number[] = []
    const b: number[] = []
    for (let i = 0; i < total; i++) (bits & (1 << i) ? a : b).push(i)
    if (a.length === n) yield [a, b]
  }
}

describe('the Kolmogorov–Smirnov test', () => {
  it('is exact: over all orders of two samples its level is what it says', () => {
    const all = [...dealings(4, 5)].map(([a, b]) => kolmogorovPValue(a, b))
    for (const p of new Set(all)) {
      const share = all.filter((other) => other <= p + 1e-12).length / all.length
      close(share, p)
    }
  })

  it('gives 2 in 252 for five values all below five others', () => {
    close(kolmogorovPValue([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), 2 / 252)
  })

  it('finds nothing in equal samples, ties included', () => {
    assert.equal(kolmogorovPValue([1, 1, 1], [1, 1, 1, 1]), 1)
  })
})

describe('the exceedance test', () => {
  it('is exact: over all orders of two samples its level is what it says', () => {
    for (const j of [1, 2]) {
      const all = [...dealings(4, 5)].map(([a, b]) => exceedancePValue(a, b, j))
      for (const p of new Set(all)) {
        const share = all.filter((other) => other <= p + 1e-12).length / all.length
        close(share, p)
      }
    }
  })

  it('does not count ties as above', () => {
    assert.equal(exceedancePValue([0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5], 1), 1)
  })
})

/** Bell-shaped scores around 0.5 + shift. */
const scorer = (random: () => number) => (shift: number) => {
  let sum = 0
  for (let i = 0; i < 12; i++) sum += random()
  return 0.5 + (sum - 6) * 0.05 + shift
}

interface Follow {
  n: number
  windows: number
  shift: number
  falseAlarm?: number
  quantile?: number
}

/** One calibration by quantile, then parts judged and followed as `decide` does it: those over the threshold are not. */
const followed = (
  random: () => number,
  { n, windows, shift, falseAlarm, quantile = 0.9 }: Follow,
): boolean[] => {
  const score = scorer(random)
  const scores = Array.from({ length: n }, () => score(0))
  const parts = { scores, peaks: scores }
  const chosen = chooseThresholds(parts, {
    rule: 'quantile',
    quantile,
    rate: 0.1,
    margin: 0,
    pixel: false,
    configuredPixel: null,
  })
  const threshold = chosen.score!
  const reference = passingScores(parts, chosen)
  const found: boolean[] = []
  let drift: Drift = NO_DRIFT
  while (found.length < windows) {
    const next = score(shift)
    if (next >= threshold) continue
    const isLast = drift.window.length === DRIFT_WINDOW - 1
    drift = trackDrift(drift, next, () => reference, falseAlarm)
    if (isLast) found.push(drift.drifting)
  }
  return found
}

describe('the drift warning', () => {
  it('is false no more often than stated, on parts censored at the threshold as after a real calibration', () => {
    const random = seeded(11)
    const trials = 1500
    for (const falseAlarm of [0.05, 0.2]) {
      let alarms = 0
      for (let trial = 0; trial < trials; trial++)
        if (followed(random, { n: 50, windows: 1, shift: 0, falseAlarm })[0]) alarms++
      const allowance = 3 * Math.sqrt(falseAlarm * (1 - falseAlarm) * trials)
      assert.ok(alarms <= falseAlarm * trials + allowance, `${alarms} of ${trials} at ${falseAlarm}`)
      // Not so timid that the figure means nothing.
      assert.ok(alarms >= falseAlarm * trials * 0.3, `${alarms} of ${trials} at ${falseAlarm}`)
    }
  })

  it('is false no more often than stated from a handful of parts either, whose highest is the threshold', () => {
    const random = seeded(12)
    const trials = 1500
    for (const n of [2, 3, 4]) {
      let alarms = 0
      for (let trial = 0; trial < trials; trial++)
        if (followed(random, { n, windows: 1, shift: 0, quantile: 1 })[0]) alarms++
      assert.ok(alarms <= 5, `${alarms} of ${trials} from ${n} parts`)
    }
  })

  it('is false in about one window of a thousand at its own level', () => {
    const random = seeded(12)
    let alarms = 0
    for (let trial = 0; trial < 3000; trial++)
      if (followed(random, { n: 50, windows: 1, shift: 0 })[0]) alarms++
    // 3 expected at most; 10 or more would be a 1 in 900 accident.
    assert.ok(alarms < 10, `${alarms} of 3000`)
  })

  it('comes within two windows when good scores fall by two standard deviations', () => {
    const random = seeded(13)
    for (let trial = 0; trial < 50; trial++)
      assert.ok(followed(random, { n: 50, windows: 2, shift: -0.1 }).includes(true))
  })

  it('finds one standard deviation in one window, from 50 good parts, in most cases', () => {
    const random = seeded(16)
    let seen = 0
    for (let trial = 0; trial < 200; trial++)
      if (followed(random, { n: 50, windows: 1, shift: -0.05, quantile: 1 })[0]) seen++
    assert.ok(seen >= 160, `${seen} of 200`)
  })

  it('comes for a rise too, although what rises over the threshold is not seen', () => {
    const random = seeded(14)
    let seen = 0
    for (let trial = 0; trial < 50; trial++)
      if (followed(random, { n: 100, windows: 3, shift: 0.075 }).includes(true)) seen++
    assert.ok(seen >= 45, `${seen} of 50`)
  })

  it('would be false if the reference were not censored like the parts that are followed', () => {
    const random = seeded(15)
    const score = scorer(random)
    const reference = Array.from({ length: 1000 }, () => score(0))
    const limit = reference.toSorted((a, b) => a - b)[700]!
    let drift: Drift = NO_DRIFT
    for (let part = 0; part < DRIFT_WINDOW; ) {
      const next = score(0)
      if (next >= limit) continue
      drift = trackDrift(drift, next, () => reference)
      part++
    }
    assert.equal(drift.drifting, true)
  })

  it('goes when a window looks ordinary again, and stays while it is merely not striking', () => {
    const reference = Array.from({ length: 100 }, (_, i) => i / 100)
    const window = (shift: number) => Array.from({ length: DRIFT_WINDOW }, (_, i) => i / 100 + shift)
    const through = (from: Drift, scores: number[]): Drift =>
      scores.reduce((drift, score) => trackDrift(drift, score, () => reference), from)
    const drifting = through(NO_DRIFT, window(-0.5))
    assert.equal(drifting.drifting, true)
    // 0.22: p is about 1 %, too little to raise the warning and too much to drop it.
    assert.equal(through(NO_DRIFT, window(-0.22)).drifting, false)
    assert.equal(through(drifting, window(-0.22)).drifting, true)
    assert.equal(through(drifting, window(0)).drifting, false)
  })

  it('says nothing without a reference to compare with', () => {
    let drift: Drift = NO_DRIFT
    for (let part = 0; part < DRIFT_WINDOW; part++) drift = trackDrift(drift, part, () => [])
    assert.deepEqual(drift, NO_DRIFT)
  })
})
