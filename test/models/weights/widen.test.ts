import assert from 'node:assert/strict'
import { TYPES } from '../../../models/weights/widen.ts'

/** The value of fp16's bits by its definition, IEEE 754 §3.4. */
const halfValue = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = (bits & 0x3ff) / 1024
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15)
}

describe('widening to float32', () => {
  it('gives every one of the 65,536 fp16 numbers its value, the sign of zero included', () => {
    const halves = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits)
    const out = new Float32Array(halves.length)
    TYPES.F16.widen(halves.buffer, halves.length, out, 0)
    const wrong = out.findIndex((value, bits) => !Object.is(value, halfValue(bits)))
    assert.equal(wrong, -1)
  })

  it('takes bfloat16 for the upper half of a float32', () => {
    const values = [0, -0, 1, -2.5, 3.3895313892515355e38, Infinity, 2 ** -133]
    const upper = new Uint16Array(new Float32Array(values).buffer).filter((_, i) => i % 2 === 1)
    const out = new Float32Array(values.length)
    TYPES.BF16.widen(upper.slice().buffer, values.length, out, 0)
    assert.deepEqual([...out], values)
  })

  it('puts values where it is told and touches no others', () => {
    const out = new Float32Array(4).fill(9)
    TYPES.F16.widen(Uint16Array.of(0x3c00, 0x4000).buffer, 2, out, 1)
    assert.deepEqual([...out], [9, 1, 2, 9])
  })
})
