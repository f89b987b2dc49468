import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { startEngine } from '../../engine/index.ts'
import { type BuildOptions, buildModel } from '../../models/build.ts'
import { MANIFEST_FILE } from '../../models/manifest.ts'
import { METHODS } from '../../models/methods/index.ts'
import { readManifest, verifyFiles } from '../../models/open.ts'
import type { BuildImage } from '../../models/precision/index.ts'
import { openWeights, writeSafetensors } from '../../models/weights/index.ts'
import { goldenFolder, largestDifference } from '../support/golden.ts'
import { GOLDEN_METHODS } from '../support/golden-methods.ts'
import { sample } from '../support/samples.ts'

const NANO = join(import.meta.dirname, '..', '..', 'models', 'nano')

const sampleImage = (name: string): BuildImage => ({
  name,
  pixels: async (side) => {
    const image = sharp(sample(name)).removeAlpha().resize(side, side, { fit: 'fill', kernel: 'cubic' })
    return new Uint8Array(await image.raw().toBuffer())
  },
})

describe('a model in another precision than fp32', () => {
  let folder: string
  let output: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'precision-'))
    output = join(folder, 'model')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const nano = (options: Partial<BuildOptions>) =>
    buildModel({
      method: 'anomalyclip',
      clip: join(NANO, 'clip-nano.safetensors'),
      prompts: join(NANO, 'prompts-nano.pth'),
      imageSize: 224,
      dpamLayers: 2,
      features: [6],
      sigma: 6,
      output,
      ...options,
    })

  /** Small enough that a build takes a moment; its weights are random. */
  const tiny = (options: Partial<BuildOptions>) =>
    buildModel({
      method: 'anomalyclip',
      clip: join(goldenFolder('tiny-b'), 'clip.safetensors'),
      prompts: join(goldenFolder('tiny-b'), 'prompts.pth'),
      imageSize: 64,
      output,
      ...options,
    })

  for (const [precision, share] of [
    ['fp16', 0.55],
    ['int8', 0.32],
    ['int4', 0.24],
  ] as const)
    it(`${precision}: a smaller file, whose engine gives what fp32 gives, within the drift that is stated`, async () => {
      const exact = await nano({ output: join(folder, 'exact') })
      const built = await nano({ precision })
      assert.deepEqual(await readManifest(output), built)
      await verifyFiles(output, built)
      assert.equal(built.precision, precision)
      assert.notEqual(built.version, exact.version)
      const bytes = built.files['model.onnx']!.bytes / exact.files['model.onnx']!.bytes
      assert.ok(bytes < share, `${bytes} of the bytes`)
      // The self-test is held to fp32, not to the model's own numbers.
      assert.equal(built.selfTest.score, exact.selfTest.score)
      assert.deepEqual(
        await readFile(join(output, built.selfTest.map)),
        await readFile(join(folder, 'exact', exact.selfTest.map)),
      )
      const { drift } = built
      assert.equal(drift!.images, 4)
      assert.equal(drift!.unbalanced === null, precision === 'fp16')
      assert.ok(drift!.map.max > 0 && drift!.map.correlation! > 0.9)

      // Another image than those of the build.
      const image = { kind: 'encoded', data: sample('wood-bad-thread.png') } as const
      const [engine, reference] = [
        startEngine({ model: output }),
        startEngine({ model: join(folder, 'exact') }),
      ]
      try {
        const [found, expected] = await Promise.all([engine.infer({ image }), reference.infer({ image })])
        const allowed = 2 * Math.max(drift!.map.max, drift!.score.max, 0.005)
        const off = largestDifference(found.map.data, expected.map.data)
        assert.ok(off <= allowed, `the map is off by ${off}, ${allowed} was to be expected`)
        assert.ok(Math.abs(found.score - expected.score) <= allowed)
      } finally {
        await Promise.all([engine.close(), reference.close()])
      }
    })

  for (const precision of ['fp16', 'int8', 'int4'] as const)
    it(`${precision}: the same weights, options and images give the same bytes`, async () => {
      const images = ['nut-good.png', 'pcb-good-0.png'].map(sampleImage)
      const chosen = { precision, measured: images, ...(precision === 'fp16' ? {} : { calibration: images }) }
      const first = await tiny(chosen)
      const second = await tiny({ ...chosen, output: join(folder, 'again') })
      assert.deepEqual({ ...second, name: first.name }, first)
      assert.equal(first.drift!.images, 3)
    })

  for (const precision of ['int8', 'int4'] as const)
    it(`${precision}: measuring it on other images changes no byte of it`, async () => {
      const [drawn, calibrated] = [{ precision }, { precision, calibration: [sampleImage('nut-good.png')] }]
      for (const [at, chosen] of [drawn, calibrated].entries()) {
        const first = await tiny({ ...chosen, output: join(folder, `${at}`) })
        const second = await tiny({
          ...chosen,
          measured: ['pcb-good-0.png', 'wood-bad-thread.png'].map(sampleImage),
          output: join(folder, `${at}-measured`),
        })
        assert.deepEqual(second.files, first.files)
        assert.equal(second.version, first.version)
        assert.deepEqual([first.drift!.images, second.drift!.images], [at === 0 ? 4 : 2, 3])
      }
    })

  const ofEachMethod = Object.values(Object.groupBy(GOLDEN_METHODS, ({ method }) => method)).map(
    (variants) => variants[0]!,
  )
  for (const { method, clip, extra, settings, classNames } of ofEachMethod)
    it(`int8 goes with ${method}, at another size than its weights were trained at`, async () => {
      const { needs } = METHODS[method]
      const { features, imageSize, ...others } = settings
      const side = imageSize + 40
      const { drift, grid, patchSize } = await buildModel({
        method,
        clip,
        ...(needs === null || extra === undefined ? {} : { [needs]: extra }),
        ...others,
        ...(features.length === 0 ? {} : { features }),
        imageSize: side,
        classNames: classNames.slice(0, 1),
        precision: 'int8',
        output,
      })
      assert.equal(grid, Math.floor(side / patchSize))
      assert.ok(drift!.map.max > 0 && drift!.map.max < 0.1, `the map is off by ${drift!.map.max}`)
    })

  it('int8 gives an image the same map, whichever images it is inspected together with', async () => {
    await nano({ precision: 'int8' })
    const engine = startEngine({ model: output, batch: { maxImages: 4, maxWaitMs: 1000 } })
    try {
      const infer = (name: string) => engine.infer({ image: { kind: 'encoded', data: sample(name) } })
      const alone = await infer('nut-good.png')
      const [together] = await Promise.all(
        ['nut-good.png', 'wood-bad-thread.png', 'pcb-bad-0.png'].map(infer),
      )
      assert.equal(together!.score, alone.score)
      assert.equal(largestDifference(together!.map.data, alone.map.data), 0)
    } finally {
      await engine.close()
    }
  })

  /**
   * nano with channels that stand out, as a large ViT has them: gains and shifts of every norm in the blocks times 128 in three channels,
   * and the weights behind them divided by it. Powers of two: in fp32 the very same model.
   */
  const plantOutliers = async (): Promise<string> => {
    const clip = await openWeights(join(NANO, 'clip-nano.safetensors'))
    const channels = [3, 41, 100]
    const times = 128
    try {
      const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>()
      for (const name of clip.names()) {
        const { shape } = clip.info(name)
        const data = await clip.read(name)
        const isNorm = /^visual\.transformer\..*\.ln_[12]\./.test(name)
        const isBehind = /^visual\.transformer\..*(in_proj_weight|c_fc\.weight)$/.test(name)
        const columns = shape.at(-1)!
        if (isNorm) for (const channel of channels) data[channel]! *= times
        if (isBehind)
          for (let start = 0; start < data.length; start += columns)
            for (const channel of channels) data[start + channel]! /= times
        tensors.set(name, { shape, data })
      }
      const file = join(folder, 'outliers.safetensors')
      await writeSafetensors(file, tensors)
      return file
    } finally {
      await clip.close()
    }
  }

  it('planted outlier channels ruin plain int8, and the balance repairs it', async () => {
    const plain = await nano({ precision: 'int8', output: join(folder, 'without') })
    const built = await nano({ precision: 'int8', clip: await plantOutliers() })
    // In fp32 nothing has changed, so that both are held to one reference.
    assert.ok(Math.abs(built.selfTest.score - plain.selfTest.score) < 1e-5)
    const { drift } = built
    assert.ok(
      drift!.unbalanced!.map.mean > 10 * drift!.map.mean,
      'plain int8 is at least ten times as far off',
    )
    assert.ok(drift!.map.mean < 2 * plain.drift!.map.mean, 'balanced it is as good as without outliers')
    assert.ok(drift!.map.correlation! > drift!.unbalanced!.map.correlation!)
  })

  /** tiny's weights with a change, in a file of the name given. */
  const changedWeights = async (
    name: string,
    change: (tensor: string, data: Float32Array) => void,
  ): Promise<string> => {
    const clip = await openWeights(join(goldenFolder('tiny-b'), 'clip.safetensors'))
    const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>()
    for (const tensor of clip.names()) {
      const data = await clip.read(tensor)
      change(tensor, data)
      tensors.set(tensor, { shape: clip.info(tensor).shape, data })
    }
    await clip.close()
    const file = join(folder, name)
    await writeSafetensors(file, tensors)
    return file
  }

  it('a number that fp16 cannot hold is refused, though it shows on no CPU, and nothing is left', async () => {
    const times = 2 ** 15
    // Values of the first layer's attention; what reads them is divided by as much, so that in fp32 it stays the same model.
    const clip = await changedWeights('large.safetensors', (tensor, data) => {
      const layer = 'visual.transformer.resblocks.0.attn.'
      if (tensor.startsWith(`${layer}in_proj_`))
        for (let i = (data.length / 3) * 2; i < data.length; i++) data[i]! *= times
      if (tensor === `${layer}out_proj.weight`) for (let i = 0; i < data.length; i++) data[i]! /= times
    })
    const exact = await tiny({ dpamLayers: 1, output: join(folder, 'exact') })
    const large = await tiny({ dpamLayers: 1, clip, output: join(folder, 'large') })
    assert.ok(Math.abs(large.selfTest.score - exact.selfTest.score) < 1e-6)
    await assert.rejects(tiny({ precision: 'fp16', dpamLayers: 1, clip }), {
      code: 'MODEL_PRECISION',
      message:
        /output of visual\.transformer\.resblocks\.0\.attn\.in_proj_weight.* a number reaches .* fp16 ends at 65504/,
    })
    assert.deepEqual((await readdir(folder)).toSorted(), ['exact', 'large', 'large.safetensors'])
  })

  it('a drift beyond the limits is refused, and nothing is left', async () => {
    // Every sixteenth weight forty times as large: four bits hold these and little else.
    const file = await changedWeights('spiky.safetensors', (tensor, data) => {
      if (/^visual\.transformer\..*weight$/.test(tensor) && !tensor.includes('ln_'))
        for (let i = 0; i < data.length; i += 16) data[i]! *= 40
    })
    await assert.rejects(tiny({ precision: 'int4', clip: file, sigma: 0 }), {
      code: 'MODEL_PRECISION',
      message: /in int4 .*off by up to/,
    })
    assert.deepEqual(await readdir(folder), ['spiky.safetensors'])
  })

  it('of many images, as many as are worth their time are looked at, evenly', async () => {
    const looked = new Set<number>()
    const images = Array.from({ length: 100 }, (_, index) => ({
      name: String(index),
      pixels: async (side: number) => {
        looked.add(index)
        return new Uint8Array(side * side * 3).fill(index)
      },
    }))
    const { drift } = await tiny({ precision: 'fp16', measured: images })
    assert.equal(drift!.images, 33)
    assert.equal(looked.size, 32)
    assert.ok(Math.min(...looked) === 0 && Math.max(...looked) > 95)
  })

  const refused: [string, Partial<BuildOptions>, RegExp][] = [
    ['images for fp32', { calibration: [sampleImage('nut-good.png')] }, /fp32 has neither/],
    [
      'calibration for fp16',
      { precision: 'fp16', calibration: [sampleImage('nut-good.png')] },
      /fp16 has nothing to calibrate/,
    ],
    ['int8 with plain attention', { precision: 'int8', attention: 'plain' }, /int8 and plain attention/],
    ['int4 with plain attention', { precision: 'int4', attention: 'plain' }, /int4 and plain attention/],
    ['no image to calibrate with', { precision: 'int8', calibration: [] }, /no image is given/],
  ]
  for (const [what, options, message] of refused)
    it(`refuses ${what}, and leaves nothing behind`, async () => {
      await assert.rejects(tiny(options), { code: 'MODEL_OPTIONS', message })
      assert.deepEqual(await readdir(folder), [])
    })

  it('an image that cannot be read ends the build with its own error, and leaves nothing behind', async () => {
    const error = new Error('no such image')
    const broken = { name: 'x', pixels: () => Promise.reject(error) }
    await assert.rejects(tiny({ precision: 'int8', calibration: [broken] }), error)
    assert.deepEqual(await readdir(folder), [])
  })

  it('a manifest with an unknown precision, or a self-test that would pass anything, is refused', async () => {
    const built = await tiny({ precision: 'fp16' })
    for (const changed of [
      { ...built, precision: 'int2' },
      { ...built, selfTest: { ...built.selfTest, tolerance: 0.01 } },
      { ...built, selfTest: { ...built.selfTest, tolerance: { score: 0.01, map: 0.01 } } },
      { ...built, selfTest: { ...built.selfTest, tolerance: { score: 'any', map: 0.01, mapMean: 0.01 } } },
      { ...built, selfTest: { ...built.selfTest, tolerance: { score: 0.01, map: 0.5, mapMean: 0.01 } } },
    ]) {
      await writeFile(join(output, MANIFEST_FILE), JSON.stringify(changed))
      await assert.rejects(readManifest(output), { code: 'MODEL_MANIFEST' })
    }
  })

  it('plain attention in fp16 uses no operators but those of ONNX', async () => {
    await tiny({ precision: 'fp16', attention: 'plain' })
    const graph = await readFile(join(output, 'model.onnx'))
    assert.ok(!graph.includes('com.microsoft'))
  })
})
