import assert from 'node:assert/strict'
import { checkDrift, driftOf } from '../../../models/precision/drift.ts'
import { LEAST_TOLERANCE, MOST_DRIFT, toleranceFor } from '../../../models/precision/tolerance.ts'

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
    const rest = new Array<number>(20).fill(0)
    const drift = (map: number) => driftOf([seen(0, 0, ...rest)], [seen(0, map, ...rest)])
    checkDrift('int8', drift(0.29))
    assert.throws(() => checkDrift('int8', drift(0.31)), {
      code: 'MODEL_PRECISION',
      message: /Build it in fp32/,
    })
    assert.throws(() => checkDrift('int4', drift(Number.NaN)), {
      code: 'MODEL_PRECISION',
      message: /or int8/,
    })
    const mean = driftOf([seen(0, 0)], [seen(0, 0.06)])
    assert.throws(() => checkDrift('int8', mean), { code: 'MODEL_PRECISION', message: /0\.060 on average/ })
    const score = driftOf([seen(0.5, 0)], [seen(0.75, 0)])
    assert.throws(() => checkDrift('fp16', score), {
      code: 'MODEL_PRECISION',
      message: /score is off by up to 0\.25/,
    })
  })

  it('gives the self-test twice its size as tolerance, for score and map apart', () => {
    const of = (score: number, ...map: number[]) =>
      toleranceFor(driftOf([seen(0, ...map.map(() => 0))], [seen(score, ...map)]))
    assert.deepEqual(of(0.001, 0.0015, 0), LEAST_TOLERANCE)
    assert.deepEqual(of(0.0201, 0.0015, 0), { ...LEAST_TOLERANCE, score: 0.0402 })
    assert.deepEqual(of(0, 0.03125, 0), { score: LEAST_TOLERANCE.score, map: 0.0625, mapMean: 0.0313 })
    assert.deepEqual(of(0, 0.1875, ...new Array(99).fill(0)), {
      score: LEAST_TOLERANCE.score,
      map: MOST_DRIFT.map,
      mapMean: 0.0038,
    })
  })
})
