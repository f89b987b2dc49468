import assert from 'node:assert/strict'
import { checkDrift, driftOf } from '../../../models/precision/drift.ts'
import { LEAST_TOLERANCE, toleranceFor } from '../../../models/precision/tolerance.ts'

const seen = (score: number, ...map: number[]) => ({ score, map: Float32Array.from(map) })

describe('drift', () => {
  it('is the largest and the mean difference of scores and maps, and the least correlation', () => {
    const reference = [seen(0.5, 0, 0.5, 1), seen(0.25, 1, 0, 1)]
    const found = [seen(0.625, 0.125, 0.5, 0.875), seen(0.25, 1, 0.25, 1)]
    const { images, score, map } = driftOf(reference, found)
    assert.deepEqual({ images, score }, { images: 2, score: { max: 0.125, mean: 0.0625 } })
    assert.equal(map.max, 0.25)
    assert.ok(Math.abs(map.mean - 1 / 12) < 1e-12)
    assert.ok(Math.abs(map.correlation! - 1) < 1e-12)
    const opposite = driftOf([seen(0, 0, 1)], [seen(0, 1, 0)])
    assert.equal(opposite.map.correlation, -1)
    assert.equal(driftOf([seen(0, 1, 1)], [seen(0, 1, 1)]).map.correlation, null)
  })

  it('is refused beyond the limits, and where it is no number', () => {
    const drift = (map: number) => driftOf([seen(0, 0, 0)], [seen(0, map, 0)])
    checkDrift('int8', drift(0.29))
    assert.throws(() => checkDrift('int8', drift(0.31)), {
      code: 'MODEL_PRECISION',
      message: /Build it in fp32/,
    })
    assert.throws(() => checkDrift('int4', drift(Number.NaN)), {
      code: 'MODEL_PRECISION',
      message: /or int8/,
    })
    const score = driftOf([seen(0.5, 0)], [seen(0.75, 0)])
    assert.throws(() => checkDrift('fp16', score), {
      code: 'MODEL_PRECISION',
      message: /score is off by up to 0\.25/,
    })
  })

  it('gives the self-test twice its size as tolerance, and never less than fp32 has', () => {
    const of = (score: number, map: number) => toleranceFor(driftOf([seen(0, 0)], [seen(score, map)]))
    assert.equal(of(0.001, 0.002), LEAST_TOLERANCE)
    assert.equal(of(0.0201, 0.002), 0.041)
    assert.equal(of(0, 0.03), 0.06)
  })
})
