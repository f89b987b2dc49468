import assert from 'node:assert/strict'
import { join } from 'node:path'
import { residualBlock, weightsFor } from '../../../models/clip/block.ts'
import { clipDimensions } from '../../../models/clip/dimensions.ts'
import { createGraph, runGraph } from '../../../models/graph/index.ts'
import { Tensor } from '../../../models/onnxruntime.ts'
import { FP32 } from '../../../models/precision/fp32.ts'
import { type Balance, NO_BALANCE } from '../../../models/precision/precision.ts'
import { openWeights } from '../../../models/weights/index.ts'
import { randomNumbers } from '../../support/random-numbers.ts'

const NANO = join(import.meta.dirname, '..', '..', '..', 'models', 'nano')
const TOKENS = 7
const PREFIX = 'visual.transformer.resblocks.1'

describe('a residual block', () => {
  it('gives the same in fp32 however its layers are balanced, to the last bits', async () => {
    const clip = await openWeights(join(NANO, 'clip-nano.safetensors'))
    const { width } = clipDimensions(clip).vision
    // Factors from a hundredth to a hundred.
    const factors = (count: number, seed: number) => randomNumbers(count, seed).map((value) => 100 ** value)
    const balance: Balance = new Map([
      [`${PREFIX}.attn.in_proj_weight`, factors(width, 1)],
      [`${PREFIX}.attn.out_proj.weight`, factors(width, 2)],
      [`${PREFIX}.mlp.c_fc.weight`, factors(width, 3)],
      [`${PREFIX}.mlp.c_proj.weight`, factors(4 * width, 4)],
    ])
    const data = randomNumbers(TOKENS * width, 5)
    const outputs = async (used: Balance): Promise<Float32Array[]> => {
      const graph = createGraph()
      const x = graph.input('x', 'float32', [1, TOKENS, width])
      const weights = weightsFor(graph, clip, { ...FP32, balance: used })
      const block = residualBlock(weights, PREFIX, width, { activation: 'quickgelu', formulation: 'plain' })
      const normed = block.norm1(x)
      const values = [
        ...[block.query, block.key, block.value].map((part) => part(normed)),
        block.outProj(x),
        block.feedForward(x),
      ]
      const names = values.map(({ name }) => name)
      const found = await runGraph(graph, { x: new Tensor('float32', data, [1, TOKENS, width]) }, names)
      return names.map((name) => found[name]!.data as Float32Array)
    }
    try {
      const [plain, balanced] = [await outputs(NO_BALANCE), await outputs(balance)]
      plain.forEach((expected, index) => {
        const most = Math.max(...expected.map(Math.abs))
        for (const [i, value] of expected.entries())
          assert.ok(
            Math.abs(balanced[index]![i]! - value) <= 1e-5 * most,
            `${balanced[index]![i]} for ${value}`,
          )
      })
    } finally {
      await clip.close()
    }
  })
})
