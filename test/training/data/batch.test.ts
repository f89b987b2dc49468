import assert from 'node:assert/strict'
import { type BatchItem, batchFeeds } from '../../../training/data/batch.ts'
import { BATCH } from '../../../training/step.ts'

const item = (label: 0 | 1, className: string, mask: Uint8Array | null): BatchItem => ({
  label,
  className,
  features: { image: Float32Array.of(label, 2), patches: new Float32Array(2 * 1 * 2).fill(label), mask },
})
const items = [
  item(0, 'nut', new Uint8Array(4)),
  item(1, 'nut', Uint8Array.of(0, 1, 1, 0)),
  item(1, 'screw', null),
]
const shape = { imageSize: 2, taps: 2, classNames: ['screw', 'nut'] }

describe('what a step reads of a batch', () => {
  const feeds = batchFeeds(items, shape, new Set(Object.values(BATCH)))
  const found = (name: keyof typeof BATCH) => {
    const { dims, data } = feeds[BATCH[name]]!
    return [dims, [...(data as Float32Array)]]
  }

  it('are its features, masks, labels and classes, image after image', () => {
    assert.deepEqual(found('images'), [
      [3, 2],
      [0, 2, 1, 2, 1, 2],
    ])
    assert.deepEqual(found('patches'), [
      [3, 2, 1, 2],
      [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1],
    ])
    assert.deepEqual(found('masks'), [
      [3, 2, 2],
      [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
    ])
    assert.deepEqual(found('labels'), [
      [3, 2],
      [1, 0, 0, 1, 0, 1],
    ])
    assert.deepEqual(found('classes'), [
      [3, 2],
      [0, 1, 0, 1, 1, 0],
    ])
  })

  it('are shares of as many as there are; one whose defect nobody has drawn has none in the maps', () => {
    const third = Math.fround(1 / 3)
    assert.deepEqual(found('shares'), [[3], [third, third, third]])
    assert.deepEqual(found('mapShares'), [[3], [third, third, 0]])
  })

  it('are only what its graph has as inputs', () => {
    assert.deepEqual(Object.keys(batchFeeds(items, shape, new Set(['images', 'ctx_pos']))), ['images'])
  })
})
