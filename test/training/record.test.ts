import assert from 'node:assert/strict'
import { decodeRecord, encodeRecord } from '../../training/record.ts'

const content = {
  facts: { what: 'ein Maß', count: [1, 2.5, null] },
  arrays: new Map<string, Float32Array | Uint8Array>([
    ['mask', Uint8Array.of(1, 0, 1)],
    ['numbers', Float32Array.of(0.1, -0, Number.NaN, Number.POSITIVE_INFINITY)],
    ['none', new Float32Array(0)],
  ]),
}
const whole = Buffer.concat(encodeRecord(content))

describe('a record', () => {
  it('comes back as it was written, wherever its bytes lie', () => {
    for (const shift of [0, 1, 2]) {
      const moved = Buffer.concat([Buffer.alloc(shift), whole]).subarray(shift)
      assert.deepEqual(decodeRecord(moved), content)
    }
  })

  it('is the same bytes for the same content', () => {
    assert.deepEqual(Buffer.concat(encodeRecord(content)), whole)
  })

  it('is nothing once it was cut off, or any byte of it is another', () => {
    for (let length = 0; length < whole.length; length++)
      assert.equal(decodeRecord(whole.subarray(0, length)), null)
    for (let i = 0; i < whole.length; i++) {
      const damaged = Buffer.from(whole)
      damaged[i]! ^= 1
      assert.equal(decodeRecord(damaged), null, `byte ${i}`)
    }
  })
})
