import assert from 'node:assert/strict'
import { aurocOf, changeOf, type Output } from '../../../cli/bench/change.ts'

const output = (score: number, side: number, valueAt: (x: number, y: number) => number): Output => ({
  score,
  map: {
    width: side,
    height: side,
    data: Float32Array.from({ length: side * side }, (_, i) => valueAt(i % side, Math.floor(i / side))),
  },
})

describe('the change of what a model says', () => {
  it('is none between a model and itself', () => {
    const same = output(0.4, 8, (x, y) => (x + y) / 16)
    assert.deepEqual(changeOf([[same, same]]), {
      images: 1,
      meanScore: 0,
      maxScore: 0,
      meanMap: 0,
      maxMap: 0,
    })
  })

  it('is the mean and the largest over images and pixels', () => {
    const black = output(0.5, 2, () => 0)
    const { meanScore, maxScore, meanMap, maxMap } = changeOf([
      [black, output(0.75, 2, (x, y) => (x === 1 && y === 0 ? 0.5 : 0))],
      [black, output(0.5, 2, () => 0)],
    ])
    assert.deepEqual([meanScore, maxScore, meanMap, maxMap], [0.125, 0.25, 0.0625, 0.5])
  })

  it('compares maps of different size by place, whichever is the smaller one', () => {
    // A slope keeps its height at every place, however many pixels it is drawn with; at the border centres lie further in.
    const large = output(0, 40, (x) => (x + 0.5) / 40)
    const small = output(0, 10, (x) => (x + 0.5) / 10)
    for (const pair of [
      [large, small],
      [small, large],
    ] as const)
      assert.ok(changeOf([pair]).maxMap < 1e-6)
    assert.ok(changeOf([[large, output(0, 10, (x) => 1 - (x + 0.5) / 10)]]).maxMap > 0.8)
  })

  it('of its AUROC needs images of both kinds', () => {
    assert.equal(aurocOf([0.1, 0.9], [0, 1]), 1)
    assert.equal(aurocOf([0.9, 0.1], [0, 1]), 0)
    assert.equal(aurocOf([0.1, 0.9], [1, 1]), null)
  })
})
