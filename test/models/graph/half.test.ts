import assert from 'node:assert/strict'
import { MAX_HALF, toHalf } from '../../../models/graph/half.ts'
import { TYPES } from '../../../models/weights/widen.ts'

const widened = (halves: Uint16Array): Float32Array => {
  const out = new Float32Array(halves.length)
  TYPES.F16.widen(halves.slice().buffer, halves.length, out, 0)
  return out
}

const one = (value: number): number => toHalf(Float32Array.of(value))[0]!

describe('fp16', () => {
  it('every number that fp16 has comes back with its own bits', () => {
    // Exponents of all ones are infinity and NaN.
    const all = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    )
    assert.deepEqual(toHalf(widened(all)), all)
  })

  it('what lies between two of its numbers goes to the nearer one, and a tie to the even one', () => {
    const step = 2 ** -10
    assert.equal(one(1 + 0.49 * step), 0x3c00)
    assert.equal(one(1 + 0.51 * step), 0x3c01)
    assert.equal(one(1 + 0.5 * step), 0x3c00)
    assert.equal(one(1 + 1.5 * step), 0x3c02)
    // Below 2⁻¹⁴ all steps are 2⁻²⁴.
    assert.equal(one(1.5 * 2 ** -24), 2)
    assert.equal(one(0.5 * 2 ** -24), 0)
    assert.equal(one(-0.51 * 2 ** -24), 0x8001)
  })

  it('ends at 65504: what rounds beyond it is infinite, and NaN stays NaN', () => {
    assert.equal(widened(toHalf(Float32Array.of(MAX_HALF)))[0], MAX_HALF)
    assert.equal(one(65519.99), 0x7bff)
    assert.equal(one(65520), 0x7c00)
    assert.equal(one(-Infinity), 0xfc00)
    assert.ok(Number.isNaN(widened(toHalf(Float32Array.of(Number.NaN)))[0]))
  })
})
