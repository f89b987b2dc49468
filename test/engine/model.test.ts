import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Engine,
  type EngineOptions,
  type ImageInput,
  type Inference,
  startEngine,
} from '../../engine/index.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { plain } from '../support/engine/images.ts'
import { copyWithFixedBatch } from '../support/fixed-batch.ts'

const nano = nanoModelDir()
const samples = ['nut-good', 'nut-bad-missing', 'leather-bad-perlin', 'gear-good', 'bottle-bad-scratch']
const sample = async (name: string): Promise<ImageInput> => ({
  kind: 'encoded',
  data: await readFile(new URL(`../../models/nano/samples/${name}.png`, import.meta.url)),
})

/** These run the embedded model in the process that the package ships. */
describe('an engine with the embedded model', () => {
  let engine: Engine
  before(() => {
    engine = startEngine({ model: nano, threads: 1 })
  })
  after(() => engine.close())

  it('says what it runs and where', async () => {
    const { name, method, imageSize } = await engine.ready
    assert.deepEqual({ name, method, imageSize }, { name: 'nano', method: 'anomalyclip', imageSize: 224 })
    assert.equal(engine.status().device, 'cpu')
  })

  it('gives the score that the samples are known to have', async () => {
    const expected = JSON.parse(
      await readFile(new URL('../../models/nano/expected.json', import.meta.url), 'utf8'),
    ) as { samples: { file: string; score: number }[] }
    const { score } = expected.samples.find(({ file }) => file === 'nut-good.png')!
    const found = await engine.infer({ image: await sample('nut-good') })
    assert.ok(Math.abs(found.score - score) < 2e-3, `${found.score}, expected ${score}`)
    assert.deepEqual([found.map.width, found.map.height, found.map.data.length], [224, 224, 224 * 224])
    assert.equal(found.image.format, 'png')
    assert.equal(found.device, 'cpu')
    assert.equal(found.model.name, 'nano')
  })

  it('gives an image in a batch what it gives the image alone', async () => {
    const images = await Promise.all(samples.map(sample))
    const alone: Inference[] = []
    for (const image of images) alone.push(await engine.infer({ image }))
    const together = await Promise.all(images.slice(0, 4).map((image) => engine.infer({ image })))
    together.forEach(({ score, map }, i) => {
      assert.ok(Math.abs(score - alone[i]!.score) < 1e-5)
      const off = map.data.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - alone[i]!.map.data[at]!)),
        0,
      )
      assert.ok(off < 1e-5, `the map of ${samples[i]} is off by ${off}`)
    })
  })

  it('fails an image that cannot be decoded alone, not its batch', async () => {
    const broken: ImageInput = { kind: 'encoded', data: new TextEncoder().encode('not an image at all') }
    const [first, bad, last] = await Promise.allSettled(
      [await sample('nut-good'), broken, await sample('gear-good')].map((image) => engine.infer({ image })),
    )
    assert.equal(first?.status, 'fulfilled')
    assert.equal(last?.status, 'fulfilled')
    assert.match((bad as PromiseRejectedResult).reason.code, /^IMAGE_/)
  })

  it('takes a raw image of twenty megabytes through the pipe unharmed', async () => {
    const side = 2582
    const small = await engine.infer({ image: plain(90, 120, 60, 224) })
    const large = await engine.infer({ image: plain(90, 120, 60, side) })
    assert.deepEqual([large.image.width, large.image.height], [side, side])
    assert.ok(Math.abs(large.score - small.score) < 1e-6)
  })

  it('takes raw samples of sixteen bits', async () => {
    const eight = await engine.infer({ image: plain(90, 120, 60, 32) })
    const wide = Uint16Array.from(plain(90, 120, 60, 32).data, (level) => level * 257)
    const sixteen = await engine.infer({
      image: { kind: 'raw', data: wide, width: 32, height: 32, channels: 3 },
    })
    assert.ok(Math.abs(sixteen.score - eight.score) < 1e-6)
  })

  it('refuses an image beyond the limits before it decodes it', async () => {
    const strict = startEngine({ model: nano, threads: 1, limits: { maxPixels: 1000 } })
    try {
      await assert.rejects(strict.infer({ image: plain(1, 1, 1, 32) }), ({ code }) =>
        code.startsWith('IMAGE_'),
      )
    } finally {
      await strict.close()
    }
  })
})

describe('a model that cannot be served', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'engine-model-'))
    await cp(nano, folder, { recursive: true })
  })
  afterEach(() => rm(folder, { recursive: true }))

  const failsWith = async (options: EngineOptions, expected: object) => {
    const engine = startEngine({ threads: 1, ...options })
    try {
      await assert.rejects(engine.infer({ image: plain(1, 2, 3) }), expected)
      await assert.rejects(engine.ready, expected)
      assert.equal(engine.status().state, 'failed')
      assert.equal(engine.status().pid, null)
    } finally {
      await engine.close()
    }
  }

  const changeManifest = async (change: (manifest: ModelManifest) => object) => {
    const file = join(folder, 'model.json')
    const manifest = JSON.parse(await readFile(file, 'utf8')) as ModelManifest
    await writeFile(file, JSON.stringify({ ...manifest, ...change(manifest) }))
  }

  it('because its folder is not there, fails with MODEL_MISSING', () =>
    failsWith({ model: join(folder, 'nowhere') }, { code: 'MODEL_MISSING', message: /nowhere/ }))

  it('because it can be loaded and not be run, fails with ENGINE_DEVICE, as where memory is left for the weights alone', async () => {
    await copyWithFixedBatch(2, folder)
    await failsWith(
      { model: folder },
      { code: 'ENGINE_DEVICE', message: /"cpu" has loaded the model and cannot run it/ },
    )
  })

  it('because a byte of its weights has changed, fails with MODEL_CORRUPT', async () => {
    const file = join(folder, 'model.onnx')
    const bytes = await readFile(file)
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(file, bytes)
    await failsWith({ model: folder }, { code: 'MODEL_CORRUPT', message: /model\.onnx/ })
  })

  it('because its score is not what the manifest promises, fails with ENGINE_SELF_TEST', async () => {
    await changeManifest(({ selfTest }) => ({ selfTest: { ...selfTest, score: selfTest.score - 0.02 } }))
    await failsWith({ model: folder }, { code: 'ENGINE_SELF_TEST', message: /score is off by 0\.020/ })
  })

  it('because its map is not what the manifest promises, fails with ENGINE_SELF_TEST', async () => {
    const file = join(folder, 'selftest.map.npy')
    const npy = await readFile(file)
    npy.writeFloatLE(npy.readFloatLE(npy.length - 4) + 0.5, npy.length - 4)
    await writeFile(file, npy)
    const sha256 = createHash('sha256').update(npy).digest('hex')
    await changeManifest(({ files, selfTest }) => ({
      files: { ...files, [selfTest.map]: { bytes: npy.length, sha256 } },
    }))
    await failsWith({ model: folder }, { code: 'ENGINE_SELF_TEST', message: /map by up to 0\.50/ })
  })

  it('because the device would leave its linear layers to another one, fails with MODEL_GPU', async () => {
    await changeManifest(() => ({ precision: 'int8' }))
    await failsWith({ model: folder, device: 'cuda' }, { code: 'MODEL_GPU', message: /--precision fp16/ })
  })

  it('because this build cannot use the device, fails with ENGINE_DEVICE naming what it offers', () =>
    failsWith({ model: folder, device: 'cuda' }, { code: 'ENGINE_DEVICE', message: /"cuda".*offers cpu/s }))
})
