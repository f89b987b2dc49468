import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openWeights } from '../../../models/weights/index.ts'
import { goldenFolder } from '../../support/golden.ts'
import { fixture, readEverything } from './craft.ts'

describe('torch archives', () => {
  it('of TorchScript hold the same tensors as the safetensors made from them, name for name', async () => {
    const script = await openWeights(join(goldenFolder('tiny-b'), 'clip-torchscript.pt'))
    const plain = await openWeights(join(goldenFolder('tiny-b'), 'clip.safetensors'))
    try {
      assert.equal(script.format, 'torchscript')
      for (const name of plain.names()) {
        assert.deepEqual(script.info(name), plain.info(name), name)
        assert.deepEqual(await script.read(name), await plain.read(name), name)
      }
      const further = script.names().filter((name) => !plain.has(name))
      assert.deepEqual(further, ['input_resolution', 'context_length', 'vocab_size'])
    } finally {
      await Promise.all([script.close(), plain.close()])
    }
  })

  it('of AnomalyCLIP prompts keep the prefix of the published layout', async () => {
    const prompts = await openWeights(join(goldenFolder('tiny-b'), 'prompts.pth'))
    await prompts.close()
    assert.equal(prompts.format, 'torch')
    assert.deepEqual(prompts.info('prompt_learner.ctx_pos'), { type: 'F32', shape: [1, 1, 8, 64] })
    assert.ok(prompts.has('prompt_learner.compound_prompts_text.0'))
  })

  it('give views of a shared storage row by row, whatever their strides', async () => {
    const weights = await openWeights(fixture('views.pth'))
    const view = async (name: string) => [weights.info(name).shape, [...(await weights.read(name))]]
    try {
      assert.deepEqual(await view('transposed'), [
        [4, 2, 3],
        [0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23],
      ])
      assert.deepEqual(await view('column'), [
        [2, 3],
        [1, 5, 9, 13, 17, 21],
      ])
      assert.deepEqual(await view('row'), [[4], [20, 21, 22, 23]])
      assert.deepEqual(await view('every_other'), [
        [2, 3, 2],
        [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22],
      ])
      assert.deepEqual(await view('empty'), [[0, 3, 4], []])
      assert.deepEqual(await view('scalar'), [[], [15]])
      await assert.rejects(weights.read('expanded'), { code: 'WEIGHTS_LIMIT', message: /contiguous\(\)/ })
    } finally {
      await weights.close()
    }
  })

  it('are read in every data type that torch has a plain storage for', async () => {
    assert.deepEqual(await readEverything(fixture('types.pth')), {
      ...Object.fromEntries(
        ['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8'].map((type) => [
          type,
          [0, 1, -2, 100],
        ]),
      ),
      uint8: [0, 1, 2, 255],
      bool: [0, 1, 1, 1],
    })
  })

  for (const file of ['checkpoint.pth', 'checkpoint-protocol-4.pth'])
    it(`of a data-parallel training run give the names of the bare model (${file})`, async () => {
      const weights = await openWeights(fixture(file))
      try {
        assert.deepEqual(weights.names().slice(0, 2), ['0.weight', '0.bias'])
        assert.deepEqual(
          [...(await weights.read('0.bias'))],
          [5, 6].map((bias) => Math.fround(bias - 0.001)),
        )
        assert.deepEqual([...(await weights.read('optimizer.state.1.step'))], [1])
        assert.deepEqual([...(await weights.read('parameter'))], [1.5])
      } finally {
        await weights.close()
      }
    })

  it('of a scripted module give its buffers and parameters by dotted names', async () => {
    assert.deepEqual(await readEverything(fixture('script.pt')), { scale: [2.5], 'inner.steps': [1, 2] })
  })

  it('that ask for a harmful function are refused by its name, and it is not called', async () => {
    await assert.rejects(openWeights(fixture('harmful.pth')), {
      code: 'WEIGHTS_UNSAFE_PICKLE',
      message: /posix\.system/,
    })
    assert.ok(!existsSync('harmed'))
  })

  it('of a whole pickled module are refused by the name of its class', async () => {
    await assert.rejects(openWeights(fixture('whole-module.pth')), {
      code: 'WEIGHTS_UNSAFE_PICKLE',
      message: /torch\.nn\.modules\.container\.Sequential.*state_dict/,
    })
  })

  it('with numbers that are no real numbers are refused by the type', async () => {
    await assert.rejects(openWeights(fixture('complex.pth')), {
      code: 'WEIGHTS_TENSOR_TYPE',
      message: /tensor c .* ComplexFloatStorage/,
    })
  })
})
