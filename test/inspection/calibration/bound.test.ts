import assert from 'node:assert/strict'
import { binomialCdf, logFactorial } from '../../../inspection/calibration/binomial.ts'
import { blocksAllowed, falseRejectBound, partsNeeded } from '../../../inspection/calibration/bound.ts'
import { seeded } from '../random.ts'

const close = (found: number, expected: number, within: number): void =>
  assert.ok(Math.abs(found - expected) <= within, `${found} is not within ${within} of ${expected}`)

describe('the false-reject bound', () => {
  it('is 25.9 % after ten good parts, 4.95 % after 59 and 1 % after 299', () => {
    close(falseRejectBound(10, 1), 0.2589, 1e-4)
    close(falseRejectBound(59, 1), 0.0495, 1e-4)
    close(falseRejectBound(299, 1), 0.00997, 1e-5)
  })

  it('is the Clopper–Pearson bound for the good parts that lie beyond: 1 of 20, 2 of 100, 5 of 50', () => {
    // One-sided 95 % bounds as in tables of the binomial's exact confidence limits.
    close(falseRejectBound(20, 2), 0.2161, 1e-4)
    close(falseRejectBound(100, 3), 0.0616, 1e-4)
    close(falseRejectBound(50, 6), 0.1988, 1e-4)
  })

  it('solves the binomial equation it stands for', () => {
    for (const [n, blocks] of [
      [7, 2],
      [50, 2],
      [473, 2],
      [1000, 17],
      [5000, 4000],
    ] as const)
      close(binomialCdf(blocks - 1, n, falseRejectBound(n, blocks)), 0.05, 1e-9)
  })

  it('vouches for nothing when every good part lies beyond', () => {
    assert.equal(falseRejectBound(5, 6), 1)
    close(falseRejectBound(1, 1), 0.95, 1e-12)
  })

  it('falls with every further good part and rises with every further block', () => {
    for (let n = 2; n < 60; n++) {
      assert.ok(falseRejectBound(n + 1, 2) < falseRejectBound(n, 2))
      for (let blocks = 1; blocks < n; blocks++)
        assert.ok(falseRejectBound(n, blocks) < falseRejectBound(n, blocks + 1))
    }
  })

  it('holds for score and map together in at least 95 % of calibrations, also when the two are independent', () => {
    const random = seeded(7)
    const trials = 4000
    const n = 40
    const bound = falseRejectBound(n, 2)
    let broken = 0
    for (let trial = 0; trial < trials; trial++) {
      let score = 0
      let peak = 0
      for (let part = 0; part < n; part++) {
        score = Math.max(score, random())
        peak = Math.max(peak, random())
      }
      // Uniform and independent: the rate of the rule "score or map" is known exactly.
      if (1 - score * peak > bound) broken++
    }
    const allowance = 3 * Math.sqrt(0.05 * 0.95 * trials)
    assert.ok(broken <= 0.05 * trials + allowance, `${broken} of ${trials}`)
    // The bound is not merely generous: with one block less it would not hold.
    assert.ok(1 - 0.05 ** (1 / n) < bound)
  })
})

describe('how many good parts a rate needs', () => {
  it('is 299 for 1 % by score, 473 by score and map, 59 for 5 %', () => {
    assert.equal(partsNeeded(0.01, 1), 299)
    assert.equal(partsNeeded(0.01, 2), 473)
    assert.equal(partsNeeded(0.05, 1), 59)
    assert.equal(partsNeeded(0.001, 2), 4742)
  })

  it('is the smallest number whose bound meets the rate', () => {
    for (const rate of [0.3, 0.1, 0.02])
      for (const blocks of [1, 2, 5]) {
        const n = partsNeeded(rate, blocks)
        assert.ok(falseRejectBound(n, blocks) <= rate)
        assert.ok(falseRejectBound(n - 1, blocks) > rate)
      }
  })

  it('and the blocks that n parts may lose are each other’s inverse', () => {
    assert.equal(blocksAllowed(298, 0.01), 0)
    assert.equal(blocksAllowed(299, 0.01), 1)
    assert.equal(blocksAllowed(472, 0.01), 1)
    assert.equal(blocksAllowed(473, 0.01), 2)
  })
})

describe('the binomial distribution', () => {
  it('gives the probabilities of ten fair coins', () => {
    close(binomialCdf(0, 10, 0.5), 1 / 1024, 1e-15)
    close(binomialCdf(4, 10, 0.5), 386 / 1024, 1e-12)
    assert.equal(binomialCdf(10, 10, 0.5), 1)
    assert.equal(binomialCdf(-1, 10, 0.5), 0)
  })

  it('knows factorials on both sides of the change to Stirling’s series', () => {
    let exact = 0
    for (let n = 1; n < 60; n++) {
      exact += Math.log(n)
      close(logFactorial(n), exact, 1e-10 * Math.max(1, exact))
    }
  })
})
