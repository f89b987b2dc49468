import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { clipDimensions } from '../../models/clip/dimensions.ts'
import { runGraph } from '../../models/graph/index.ts'
import { Tensor } from '../../models/onnxruntime.ts'
import { openWeights, type WeightsFile } from '../../models/weights/index.ts'
import { coopStep } from '../../training/coop-step.ts'
import { sgdStep } from '../../training/sgd.ts'
import { BATCH } from '../../training/step.ts'
import { goldenFolder, largestDifference, largestValue, readTensors } from '../support/golden.ts'

interface Config {
  readonly weights: string
  readonly batch: Record<'grad_ctx_mixed' | 'grad_ctx_same', { readonly class_names: readonly string[] }>
  readonly sgd: {
    readonly lr: number
    readonly momentum: number
    readonly weight_decay: number
    readonly steps: number
  }
}

for (const variant of ['on-tiny-a', 'on-tiny-b'])
  describe(`a step of CoOp (${variant}), against its published code`, () => {
    const folder = join(goldenFolder('coop'), variant)
    const config: Config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
    let clip: WeightsFile
    let golden: Awaited<ReturnType<typeof readTensors>>

    before(async () => {
      clip = await openWeights(join(folder, config.weights))
      golden = await readTensors(join(folder, 'expected.safetensors'))
    })
    after(() => clip.close())

    const numbersOf = (name: string): Float32Array => golden.get(name)!.data
    const normalized = (rows: Float32Array, width: number): Float32Array =>
      rows.map((value, i) => {
        const start = Math.floor(i / width) * width
        return value / Math.hypot(...rows.subarray(start, start + width))
      })

    const prepare = async (
      names: readonly string[],
      features: string,
      logitScale: number,
    ): Promise<(context: Float32Array) => Promise<{ loss: number; gradient: Float32Array }>> => {
      const dimensions = clipDimensions(clip)
      const classNames = [...new Set(names)]
      const { width } = dimensions.text
      const tokens = numbersOf('ctx').length / width
      const step = await coopStep({
        clip,
        dimensions,
        activation: 'quickgelu',
        context: tokens,
        classNames,
        logitScale,
      })
      const labels = [...numbersOf('train_labels')]
      const count = labels.length
      const oneHot = (indices: readonly number[], size: number) =>
        new Tensor(
          'float32',
          Float32Array.from(
            indices.flatMap((index) => Array.from({ length: size }, (_, i) => Number(i === index))),
          ),
          [count, size],
        )
      const batch = {
        [BATCH.images]: new Tensor('float32', normalized(numbersOf(features), dimensions.embed), [
          count,
          dimensions.embed,
        ]),
        [BATCH.classes]: oneHot(
          names.map((name) => classNames.indexOf(name)),
          classNames.length,
        ),
        [BATCH.labels]: oneHot(labels, 2),
        [BATCH.shares]: new Tensor('float32', new Float32Array(count).fill(1 / count), [count]),
      }
      const [lossName, slopeName] = [step.losses.images, step.gradients.get('ctx')!]
      return async (context) => {
        const feeds = { ...batch, ctx: new Tensor('float32', context, [tokens, width]) }
        const found = await runGraph(step.graph, feeds, [lossName, slopeName])
        return { loss: Number(found[lossName]!.data[0]), gradient: found[slopeName]!.data as Float32Array }
      }
    }
    const near = (found: number, expected: number, what: string): void =>
      assert.ok(
        Math.abs(found - expected) <= 1e-4 * Math.abs(expected),
        `${what}: ${found}, expected ${expected}`,
      )
    const nearAll = (found: Float32Array, expected: Float32Array, what: string): void => {
      const off = largestDifference(found, expected) / largestValue(expected)
      assert.ok(off <= 1e-4, `${what} is off by ${off}`)
    }

    it('the loss and its gradient of a batch of two classes agree', async () => {
      const run = await prepare(config.batch.grad_ctx_mixed.class_names, 'train_image_features_raw', 1 / 0.07)
      const { loss, gradient } = await run(numbersOf('ctx'))
      near(loss, numbersOf('loss_mixed')[0]!, 'loss')
      nearAll(gradient, numbersOf('grad_ctx_mixed'), 'gradient')
    })

    it('so do those of one class, with ln_post and the scale of the weights', async () => {
      const [scale] = await clip.read('logit_scale')
      const names = config.batch.grad_ctx_same.class_names
      const run = await prepare(names, 'train_image_features_ln_post_raw', Math.exp(scale!))
      const { loss, gradient } = await run(numbersOf('ctx'))
      near(loss, numbersOf('loss_same')[0]!, 'loss')
      nearAll(gradient, numbersOf('grad_ctx_same'), 'gradient')
    })

    it('so do the losses and the context of three steps of SGD', async () => {
      const { lr: learningRate, momentum, weight_decay: weightDecay, steps } = config.sgd
      const run = await prepare(config.batch.grad_ctx_mixed.class_names, 'train_image_features_raw', 1 / 0.07)
      const context = Float32Array.from(numbersOf('ctx'))
      const velocity = new Float32Array(context.length)
      for (let step = 0; step < steps; step++) {
        const { loss, gradient } = await run(context)
        near(loss, numbersOf('sgd_losses')[step]!, `loss ${step}`)
        sgdStep(context, gradient, velocity, { learningRate, momentum, weightDecay })
      }
      nearAll(context, numbersOf('sgd_ctx'), 'context')
    })
  })
