import assert from 'node:assert/strict'
import { isFiniteRange, keyOf, scoreOf, writeKeys } from '../../../evaluation/metrics/keys.ts'

const HIGHEST = 3.4028234663852886e38
const LEAST = 1.401298464324817e-45
const ascending = [-HIGHEST, -1.5, -1, -LEAST, 0, LEAST, 0.25, 0.5, Math.fround(0.6), 1, HIGHEST]

const rangeOf = (...scores: number[]) => writeKeys(Float32Array.from(scores), new Uint32Array(scores.length))

describe('keys of scores', () => {
  it('grow with the scores, and give them back', () => {
    const keys = ascending.map(keyOf)
    assert.deepEqual(
      keys,
      keys.toSorted((a, b) => a - b),
    )
    assert.equal(new Set(keys).size, ascending.length)
    assert.deepEqual(keys.map(scoreOf), ascending)
  })

  it('are one for 0 and −0', () => {
    assert.equal(keyOf(-0), keyOf(0))
  })

  it('have a range that shows a score that is not finite', () => {
    assert.equal(isFiniteRange(rangeOf(...ascending)), true)
    for (const score of [Number.NaN, -Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      assert.equal(isFiniteRange(rangeOf(0.5, score)), false)
  })

  it('are read where a map begins in a buffer that it shares', () => {
    const keys = new Uint32Array(1)
    writeKeys(Float32Array.of(0.1, 0.7).subarray(1), keys)
    assert.equal(keys[0], keyOf(0.7))
  })
})
