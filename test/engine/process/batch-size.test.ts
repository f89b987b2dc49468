import assert from 'node:assert/strict'
import { largestBatchOf, testedTogether } from '../../../engine/process/batch-size.ts'
import type { ManifestEngine } from '../../../models/manifest.ts'

const engine = { largestBatch: 3 } as ManifestEngine

describe('images that are run together', () => {
  it('are as many as there are, on the CPU and on CUDA', () => {
    for (const device of ['cpu', 'cuda'] as const)
      assert.equal(largestBatchOf({ precision: 'fp16' }, device), Number.POSITIVE_INFINITY)
  })

  it('are one in int8', () => {
    assert.equal(largestBatchOf({ precision: 'int8' }, 'cpu'), 1)
  })

  it('are as many on TensorRT as the model was compiled for, and without an engine one', () => {
    assert.equal(largestBatchOf({ precision: 'fp16', engine }, 'tensorrt'), 3)
    assert.equal(largestBatchOf({ precision: 'fp16' }, 'tensorrt'), 1)
  })

  it('are tested together on a GPU, and one by one on a CPU', () => {
    assert.equal(testedTogether('cpu', 4), 1)
    assert.equal(testedTogether('cuda', 4), 4)
    assert.equal(testedTogether('tensorrt', 2), 2)
  })
})
