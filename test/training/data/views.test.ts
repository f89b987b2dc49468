import assert from 'node:assert/strict'
import { viewed } from '../../../training/data/views.ts'

describe('a view of an image', () => {
  // Two channels: a, A | b, B on the first row.
  const data = Uint8Array.of(1, 11, 2, 12, 3, 13, 4, 14)

  it('mirrors pixels, not their channels', () => {
    assert.deepEqual([...viewed(data, 2, 'left-right')], [2, 12, 1, 11, 4, 14, 3, 13])
    assert.deepEqual([...viewed(data, 2, 'top-down')], [3, 13, 4, 14, 1, 11, 2, 12])
    assert.deepEqual([...viewed(data, 2, 'both')], [4, 14, 3, 13, 2, 12, 1, 11])
  })

  it('as it is is the image itself', () => {
    assert.equal(viewed(data, 2, 'as-is'), data)
  })
})
