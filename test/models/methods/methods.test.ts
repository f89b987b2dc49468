import assert from 'node:assert/strict'
import { join } from 'node:path'
import { classNameInPrompts } from '../../../models/class-names.ts'
import { clipDimensions } from '../../../models/clip/dimensions.ts'
import { runGraph } from '../../../models/graph/index.ts'
import { METHODS, type MethodFiles, methodGraph } from '../../../models/methods/index.ts'
import { Tensor } from '../../../models/onnxruntime.ts'
import { openWeights, type WeightsFile } from '../../../models/weights/index.ts'
import { goldenFolder, largestDifference, readTensors } from '../../support/golden.ts'
import { GOLDEN_METHODS } from '../../support/golden-methods.ts'
import { pixelsOf } from '../../support/pixels.ts'

const file = (...path: string[]): string => join(goldenFolder('.'), ...path)

const TOLERANCE = 1e-4

for (const golden of GOLDEN_METHODS) {
  const { title, method: name, settings, classNames, prefix = '' } = golden
  const method = METHODS[name]

  describe(`${title}, against the published code`, () => {
    let files: MethodFiles
    let opened: WeightsFile[]
    let expected: Awaited<ReturnType<typeof readTensors>>
    let input: Float32Array

    before(async () => {
      const clip = await openWeights(golden.clip)
      const extra = golden.extra === undefined ? null : await openWeights(golden.extra)
      opened = [clip, ...(extra === null ? [] : [extra])]
      files = {
        clip,
        dimensions: clipDimensions(clip),
        prompts: method.needs === 'prompts' ? extra : null,
        linear: method.needs === 'linear' ? extra : null,
        activation: settings.activation,
      }
      expected = await readTensors(golden.expected)
      input = (golden.input === undefined ? expected : await readTensors(golden.input)).get('input')!.data
    })
    after(() => Promise.all(opened.map((file) => file.close())))

    const goldenOf = (tensor: string, className: string): Float32Array => {
      const found = expected.get(`${prefix}${tensor}_${className.replaceAll(' ', '-')}`)
      assert.ok(found, `${tensor} of ${className} is among what is expected`)
      return found.data
    }
    const near = (actual: ArrayLike<number>, tensor: string, className: string, share = 1): void => {
      const difference = largestDifference(
        actual,
        goldenOf(tensor, className).map((value) => value * share),
      )
      assert.ok(difference <= TOLERANCE, `${tensor} of ${className} is off by ${difference}`)
    }
    const feeds = (text: Float32Array) => {
      const { imageSize } = settings
      const images = input.length / (3 * imageSize * imageSize)
      return {
        image: new Tensor('uint8', pixelsOf(input, imageSize), [images, imageSize, imageSize, 3]),
        text: new Tensor('float32', text, [2, text.length / 2]),
      }
    }

    for (const className of classNames)
      it(`the text features of "${className}" agree`, async () => {
        near(await method.textFeatures(files, className), 'text_features', className)
      })

    for (const formulation of ['fused', 'plain'] as const)
      it(`scores, maps and grids of every class agree in the ${formulation} formulation, with one graph`, async () => {
        const graph = methodGraph(method, files, null, {
          ...settings,
          dpamLayers: 0,
          memoryLayers: [1],
          formulation,
        })
        for (const className of classNames) {
          const text = await method.textFeatures(files, className)
          const outputs = await runGraph(graph, feeds(text), ['score', 'map', 'grid', 'patches'])
          const numbersOf = (output: string) => outputs[output]!.data as Float32Array
          near(numbersOf('score'), 'image_score', className)
          // The reference sums taps; we take the mean.
          const taps = name === 'winclip' ? 1 : settings.features.length
          near(numbersOf('map'), 'anomaly_map', className, 1 / taps)
          if (name === 'april-gan') {
            const side = outputs.grid!.dims[2]!
            for (const [tap, layer] of settings.features.entries()) {
              const logits = goldenOf(`grid_logits_${layer}`, className)
              const images = logits.length / (2 * side * side)
              for (let image = 0; image < images; image++) {
                const planes = logits.subarray(image * 2 * side * side, (image + 1) * 2 * side * side)
                const probabilities = Array.from(
                  { length: side * side },
                  (_, i) => 1 / (1 + Math.exp(planes[i]! - planes[side * side + i]!)),
                )
                const start = (image * taps + tap) * side * side
                const found = numbersOf('grid').subarray(start, start + side * side)
                assert.ok(largestDifference(found, probabilities) <= TOLERANCE, `grid of tap ${layer}`)
              }
            }
          } else near(numbersOf('grid'), 'grid_map', className)
        }
      })

    it('takes class names as the published code did', () => {
      const kept = name === 'winclip' || name === 'april-gan'
      assert.equal(classNameInPrompts(name, 'metal_nut'), kept ? 'metal_nut' : 'metal nut')
    })
  })
}

it('a class name stands in the prompts as it is, whatever signs it has', async () => {
  const clip = await openWeights(file('tiny-b', 'clip.safetensors'))
  try {
    const files = {
      clip,
      dimensions: clipDimensions(clip),
      prompts: null,
      linear: null,
      activation: 'quickgelu',
    } as const
    const features = await METHODS.clip.textFeatures(files, '$& {} $1')
    const plain = await METHODS.clip.textFeatures(files, 'normal')
    assert.ok(features.every(Number.isFinite))
    assert.ok(largestDifference(features, plain) > 1e-3)
  } finally {
    await clip.close()
  }
})

it('CoOp refuses a file without its context, and one that was learnt for another CLIP', async () => {
  const clip = await openWeights(file('tiny-a', 'clip.safetensors'))
  const dimensions = clipDimensions(clip)
  const wider = { ...dimensions, text: { ...dimensions.text, width: 128 } }
  const refusal = async (prompts: WeightsFile, of: typeof dimensions, code: string) => {
    const files = { clip, dimensions: of, prompts, linear: null, activation: 'quickgelu' } as const
    await assert.rejects(METHODS.coop.textFeatures(files, 'bottle'), { code })
    await prompts.close()
  }
  try {
    await refusal(await openWeights(file('tiny-a', 'prompts.pth')), dimensions, 'WEIGHTS_TENSOR_MISSING')
    const context = file('coop', 'on-tiny-a', 'context.pth')
    await refusal(await openWeights(context), wider, 'WEIGHTS_TENSOR_SHAPE')
  } finally {
    await clip.close()
  }
})
