import assert from 'node:assert/strict'
import { bilinearMatrix, resizePositions } from '../../../models/clip/positions.ts'

describe('bilinear resizing', () => {
  it('takes pixel centres as PyTorch does without aligned corners', () => {
    // torch.nn.functional.interpolate(torch.tensor([[[0., 1.]]]), 4, mode='linear', align_corners=False)
    const column = (row: number) => bilinearMatrix(2, 4)[row * 2 + 1]
    assert.deepEqual([0, 1, 2, 3].map(column), [0, 0.25, 0.75, 1])
  })

  it('has rows that sum to one, up and down', () => {
    for (const [from, to] of [
      [3, 10],
      [10, 3],
      [1, 5],
      [5, 1],
    ] as const) {
      const matrix = bilinearMatrix(from, to)
      for (let row = 0; row < to; row++) {
        const sum = matrix.subarray(row * from, (row + 1) * from).reduce((a, b) => a + b, 0)
        assert.ok(Math.abs(sum - 1) < 1e-12)
      }
    }
  })

  it('keeps the class row of position embeddings and blends the grid', () => {
    const positions = Float32Array.of(9, 0, 1, 2, 3)
    const resized = resizePositions(positions, 1, { from: 2, to: 3, resize: bilinearMatrix })
    assert.deepEqual([...resized], [9, 0, 0.5, 1, 1, 1.5, 2, 2, 2.5, 3])
  })

  it('leaves positions of the native grid as they are', () => {
    const positions = Float32Array.of(9, 1, 2, 3, 4)
    assert.equal(resizePositions(positions, 1, { from: 2, to: 2, resize: bilinearMatrix }), positions)
  })
})
