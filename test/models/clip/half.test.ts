import assert from 'node:assert/strict'
import { roundToHalf } from '../../../models/clip/half.ts'

describe('roundToHalf', () => {
  it('keeps what fp16 can hold', () => {
    for (const x of [0, 1, -1, 0.5, 65504, -65504, 2 ** -14, 2 ** -24]) assert.equal(roundToHalf(x), x)
  })

  it('rounds ties to even', () => {
    assert.equal(roundToHalf(1 + 2 ** -11), 1)
    assert.equal(roundToHalf(1 + 3 * 2 ** -11), 1 + 2 ** -9)
    assert.equal(roundToHalf(2049), 2048)
    assert.equal(roundToHalf(2051), 2052)
  })

  it('rounds below the smallest normal number to multiples of 2^-24, ties to even', () => {
    assert.equal(roundToHalf(1.5 * 2 ** -24), 2 ** -23)
    assert.equal(roundToHalf(2.5 * 2 ** -24), 2 ** -23)
    assert.equal(roundToHalf(-0.4 * 2 ** -24), -0)
    assert.equal(roundToHalf(-0.6 * 2 ** -24), -(2 ** -24))
  })

  it('overflows to infinity where fp16 does', () => {
    assert.equal(roundToHalf(65519), 65504)
    assert.equal(roundToHalf(65520), Infinity)
    assert.equal(roundToHalf(-1e6), -Infinity)
  })

  it('agrees with the engine where it has the function itself', function () {
    const native = (Math as { f16round?: (x: number) => number }).f16round
    if (native === undefined) return this.skip()
    for (let i = 0; i < 20_000; i++) {
      const x = Math.fround((((i * 7919) % 20_011) / 10_005 - 1) * 2 ** ((i % 40) - 26))
      assert.equal(roundToHalf(x), native(x), `at ${x}`)
    }
  })
})
