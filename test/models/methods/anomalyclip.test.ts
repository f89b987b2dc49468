import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type ClipDimensions, clipDimensions } from '../../../models/clip/dimensions.ts'
import { encodeTexts } from '../../../models/clip/encode-text.ts'
import { tokenize } from '../../../models/clip/tokenizer.ts'
import { type Graph, runGraph } from '../../../models/graph/index.ts'
import { METHODS, type MethodFiles, methodGraph } from '../../../models/methods/index.ts'
import { Tensor } from '../../../models/onnxruntime.ts'
import { openWeights, type WeightsFile } from '../../../models/weights/index.ts'
import {
  type GoldenConfig,
  goldenConfig,
  goldenFolder,
  largestDifference,
  largestValue,
  readTensors,
} from '../../support/golden.ts'
import { pixelsOf } from '../../support/pixels.ts'

for (const name of ['tiny-a', 'tiny-b']) {
  describe(`AnomalyCLIP on ${name}, against the published implementation`, () => {
    let config: GoldenConfig
    let clip: WeightsFile
    let dimensions: ClipDimensions
    let files: MethodFiles
    let text: Float32Array
    let expected: Map<string, { shape: readonly number[]; data: Float32Array }>

    before(async () => {
      config = goldenConfig(name)
      expected = await readTensors(join(goldenFolder(name), 'expected.safetensors'))
      clip = await openWeights(join(goldenFolder(name), 'clip.safetensors'))
      dimensions = clipDimensions(clip)
      const prompts = await openWeights(join(goldenFolder(name), 'prompts.pth'))
      files = { clip, dimensions, prompts, linear: null, activation: 'quickgelu' }
      text = await METHODS.anomalyclip.textFeatures(files, '')
      await prompts.close()
    })
    after(() => clip.close())

    const graphWith = (formulation: 'fused' | 'plain', dpamLayers = config.dpam - 1): Graph =>
      methodGraph(METHODS.anomalyclip, files, text, {
        activation: 'quickgelu',
        imageSize: config.image_size,
        features: config.features,
        dpamLayers,
        memoryLayers: [],
        sigma: config.sigma,
        formulation,
      })

    const feeds = () => {
      const size = config.image_size
      return { image: new Tensor('uint8', pixelsOf(expected.get('input')!.data, size), [1, size, size, 3]) }
    }

    /** Products with `proj` in the head, the class row's first, then a tap each; and how far one is from its golden tensor. */
    const featuresOf = async (graph: Graph) => {
      const projected = graph.nodes
        .filter((node) => node.inputs[1] === 'visual.proj')
        .map((node) => node.outputs[0]!)
      const features = await runGraph(graph, feeds(), projected)
      const relative = (actual: string, golden: Float32Array): number =>
        largestDifference(features[actual]!.data as Float32Array, golden) / largestValue(golden)
      return { projected, relative }
    }

    it('the learnt prompts give the published text features', () => {
      assert.ok(largestDifference(text, expected.get('text_features')!.data) <= 1e-4)
    })

    it('written prompts give the published tokens, features and ensembles', async () => {
      const texts = ['a photo of a damaged bottle.', 'flawless metal_nut']
      const tokens = texts.flatMap((it) => Object.assign(new Array<number>(77).fill(0), tokenize(it)))
      assert.deepEqual([...expected.get('tokens')!.data], tokens)
      const features = await encodeTexts(clip, dimensions, texts, 'quickgelu')
      assert.ok(
        largestDifference(
          features.flatMap((row) => [...row]),
          expected.get('encode_text')!.data,
        ) <= 1e-4,
      )
      for (const [name, className] of [
        ['bottle', 'bottle'],
        ['metal_nut', 'metal nut'],
      ] as const) {
        const ensemble = await METHODS['april-gan'].textFeatures(files, className)
        assert.ok(largestDifference(ensemble, expected.get(`ensemble_${name}`)!.data) <= 1e-4, name)
      }
    })

    it('without DPAM the tower is plain CLIP', async () => {
      const graph = graphWith('fused', 0)
      const { projected, relative } = await featuresOf(graph)
      assert.ok(relative(projected[0]!, expected.get('plain_clip_image_features_raw')!.data) <= 1e-3)
      for (const [i, layer] of config.features.entries())
        assert.ok(
          relative(
            projected[1 + i]!,
            expected.get(`plain_clip_patch_${layer}`)!.data.subarray(dimensions.embed),
          ) <= 1e-3,
        )
    })

    it('global and patch features agree before normalisation', async () => {
      const { projected, relative } = await featuresOf(graphWith('fused'))
      assert.equal(projected.length, 1 + config.features.length)
      assert.ok(relative(projected[0]!, expected.get('image_features_raw')!.data) <= 1e-3)
      for (const [i, layer] of config.features.entries()) {
        // Golden patch features still have the class row.
        const golden = expected.get(`patch_features_${layer}`)!.data.subarray(dimensions.embed)
        assert.ok(relative(projected[1 + i]!, golden) <= 1e-3, `tap ${layer}`)
      }
    })

    for (const formulation of ['fused', 'plain'] as const)
      it(`score and map agree in the ${formulation} formulation`, async () => {
        const { score, map } = await runGraph(graphWith(formulation), feeds(), ['score', 'map'])
        // The reference sums taps; we take the mean.
        const golden = expected.get('anomaly_map')!.data.map((sum) => sum / config.features.length)
        assert.deepEqual(map!.dims, [1, config.image_size, config.image_size])
        assert.ok(largestDifference(score!.data as Float32Array, expected.get('image_score')!.data) <= 1e-4)
        assert.ok(largestDifference(map!.data as Float32Array, golden) <= 1e-4)
      })
  })
}
