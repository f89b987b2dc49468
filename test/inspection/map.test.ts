import assert from 'node:assert/strict'
import { checkMap, maskFromMap } from '../../inspection/map.ts'
import type { AnomalyMap } from '../../inspection/types.ts'

const map = (width: number, height: number, ...values: number[]): AnomalyMap => ({
  width,
  height,
  data: Float32Array.from(values),
})

describe('an anomaly map', () => {
  it('of finite values is accepted, also a hair outside of 0..1', () => {
    assert.doesNotThrow(() => checkMap(map(2, 1, -1e-7, 1.0000001)))
  })

  for (const [kind, wrong] of [
    ['no pixels', map(0, 0)],
    ['half a pixel', map(1.5, 2, 0, 0, 0)],
    ['fewer values than pixels', map(2, 2, 0, 0, 0)],
    ['more values than pixels', map(1, 1, 0, 0)],
    ['a value that is not a number', map(2, 1, 0.5, Number.NaN)],
    ['an infinite value', map(2, 1, 0.5, Number.POSITIVE_INFINITY)],
    ['numbers in a plain array', { ...map(1, 1), data: [0.5] as unknown as Float32Array }],
  ] as const)
    it(`with ${kind} is refused`, () => assert.throws(() => checkMap(wrong), { code: 'MAP_INVALID' }))

  it('names the pixel that is not a number', () => {
    assert.throws(() => checkMap(map(2, 2, 0, 0, 0, Number.NaN)), /x 1, y 1 is NaN/)
  })
})

describe('the mask of a map', () => {
  it('has the pixels at or above the threshold', () => {
    assert.deepEqual(maskFromMap(map(3, 1, 0.25, 0.5, 0.75), 0.5), {
      width: 3,
      height: 1,
      data: Uint8Array.of(0, 1, 1),
    })
  })

  it('is everything at 0 and only certainty at 1', () => {
    const values = map(3, 1, 0, 0.5, 1)
    assert.deepEqual([...maskFromMap(values, 0).data], [1, 1, 1])
    assert.deepEqual([...maskFromMap(values, 1).data], [0, 0, 1])
  })

  for (const threshold of [-0.1, 1.1, Number.NaN])
    it(`is not taken at a threshold of ${threshold}`, () =>
      assert.throws(() => maskFromMap(map(1, 1, 0), threshold), { code: 'MASK_OPTIONS' }))
})
