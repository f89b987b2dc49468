import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openInThread } from '../../../engine/backends/in-thread.ts'
import type { Prediction } from '../../../engine/backends/index.ts'
import { decodeImage } from '../../../engine/image/index.ts'
import { DEFAULT_LIMITS } from '../../../engine/image/limits.ts'
import { runSelfTest } from '../../../engine/process/self-test.ts'
import { codedError } from '../../../errors/index.ts'
import { buildModel } from '../../../models/build.ts'
import type { ModelManifest } from '../../../models/manifest.ts'
import { nanoModelDir } from '../../../models/nano/location.ts'
import { decodeNpy } from '../../../models/npy.ts'
import { readManifest } from '../../../models/open.ts'

const nano = nanoModelDir()
const alone = { text: null, together: () => 1 }

/** A device that gives what nano's manifest promises for its image, and something else for every other. */
const standIn = async (change: (predictions: Prediction[]) => Prediction[] = (same) => same) => {
  const manifest = await readManifest(nano)
  const { selfTest } = manifest
  const { data: map } = decodeNpy(await readFile(join(nano, selfTest.map)))
  const image = await decodeImage(
    { kind: 'encoded', data: await readFile(join(nano, selfTest.image)) },
    DEFAULT_LIMITS,
  )
  const batches: number[] = []
  const predict = (pixels: Uint8Array): Prediction =>
    Buffer.compare(pixels, image.rgb) === 0
      ? { score: selfTest.score, map }
      : { score: 0.25, map: map.toReversed() }
  const backend = {
    device: 'stand-in',
    run: async (images: readonly Uint8Array[]) => {
      batches.push(images.length)
      return change(images.map(predict))
    },
    close: async () => {},
  }
  const test = (together: number) =>
    runSelfTest(nano, manifest, backend, { text: null, together: () => together })
  return { test, batches }
}

describe('the self-test', () => {
  it('runs the image alone where no batch is wanted', async () => {
    const { test, batches } = await standIn()
    const { score, map, mapMean } = await test(1)
    assert.deepEqual({ score, map, mapMean }, { score: 0, map: 0, mapMean: 0 })
    assert.deepEqual(batches, [1])
  })

  it('runs the image in a batch as well, beside another one that is known from alone', async () => {
    const { test, batches } = await standIn()
    await test(4)
    assert.deepEqual(batches, [1, 1, 4])
  })

  const mixedUp: [string, (batch: Prediction[]) => Prediction[]][] = [
    ['gives all images what the first has', (batch) => batch.map(() => batch[0]!)],
    ['gives all images what the last has', (batch) => batch.map(() => batch.at(-1)!)],
    ['turns them around', (batch) => batch.toReversed()],
    ['shifts them', (batch) => [...batch.slice(1), batch[0]!]],
    ['leaves one out', (batch) => batch.slice(1)],
    [
      'gives the last one another map',
      (batch) => batch.with(-1, { ...batch.at(-1)!, map: batch.at(-1)!.map.map((value) => value + 0.02) }),
    ],
    ['gives one no number for a score', (batch) => batch.with(1, { ...batch[1]!, score: Number.NaN })],
  ]
  for (const [what, change] of mixedUp)
    it(`refuses a device that is right with one image, and in a batch ${what}`, async () => {
      const { test } = await standIn((batch) => (batch.length > 1 ? change(batch) : batch))
      await test(1)
      await assert.rejects(test(4), { code: 'ENGINE_SELF_TEST', message: /image \d of a batch of 4/ })
    })

  const refusing = (most: number, change: (batch: Prediction[]) => Prediction[] = (same) => same) =>
    standIn((batch) => {
      if (batch.length > most) throw codedError('ENGINE_INFERENCE', 'out of memory')
      return batch.length > 1 ? change(batch) : batch
    })

  it('takes half as many where a batch is too much for the device, down to one', async () => {
    const two = await refusing(2)
    await two.test(5)
    assert.deepEqual(two.batches, [1, 1, 5, 2])
    const one = await refusing(1)
    await one.test(4)
    assert.deepEqual(one.batches, [1, 1, 4, 2])
    const mixed = await refusing(2, (batch) => batch.toReversed())
    await assert.rejects(mixed.test(4), { code: 'ENGINE_SELF_TEST', message: /a batch of 2/ })
  })

  it('ends with what else a batch fails with', async () => {
    const away = await standIn((batch) => {
      if (batch.length > 1) throw codedError('ENGINE_SERVER_AWAY', 'gone')
      return batch
    })
    await assert.rejects(away.test(4), { code: 'ENGINE_SERVER_AWAY' })
  })

  it('says of the worst image of a batch how far it is off', async () => {
    const { test } = await standIn((batch) =>
      batch.length > 1 ? batch.with(2, { ...batch[2]!, score: batch[2]!.score - 0.005 }) : batch,
    )
    assert.ok(Math.abs((await test(4)).score - 0.005) < 1e-6)
  })

  it('bounds the mean difference of the map, too', async () => {
    const { test } = await standIn((all) =>
      all.map(({ score, map }) => ({ score, map: map.map((value) => value + 0.005) })),
    )
    await assert.rejects(test(1), { code: 'ENGINE_SELF_TEST', message: /0\.0050 on average/ })
  })
})

describe('the self-test of a model in few bits', () => {
  let folder: string
  const models = {} as Record<'int8' | 'int4', { folder: string; manifest: ModelManifest }>
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'self-test-'))
    const weights = join(import.meta.dirname, '..', '..', '..', 'models', 'nano')
    for (const precision of ['int8', 'int4'] as const) {
      const output = join(folder, precision)
      const manifest = await buildModel({
        method: 'anomalyclip',
        clip: join(weights, 'clip-nano.safetensors'),
        prompts: join(weights, 'prompts-nano.pth'),
        imageSize: 224,
        dpamLayers: 2,
        features: [6],
        sigma: 6,
        precision,
        output,
      })
      models[precision] = { folder: output, manifest }
    }
  })
  after(() => rm(folder, { recursive: true }))

  /** On the CPU, with a fault. */
  const testOf = async (precision: 'int8' | 'int4', change: (prediction: Prediction) => Prediction) => {
    const { folder, manifest } = models[precision]
    const options = { device: 'cpu', threads: 0, imageSize: manifest.imageSize } as const
    const backend = await openInThread(join(folder, 'model.onnx'), options)
    try {
      const run = async (images: readonly Uint8Array[]) => (await backend.run(images, null)).map(change)
      return await runSelfTest(folder, manifest, { ...backend, run }, alone)
    } finally {
      await backend.close()
    }
  }
  const refused = { code: 'ENGINE_SELF_TEST' }

  for (const precision of ['int8', 'int4'] as const) {
    it(`${precision}: lets pass what the precision itself is off by`, async () => {
      const { score, map, mapMean, tolerance } = await testOf(precision, (same) => same)
      assert.deepEqual(tolerance, models[precision].manifest.selfTest.tolerance)
      for (const [found, allowed] of [
        [score, tolerance.score],
        [map, tolerance.map],
        [mapMean, tolerance.mapMean],
      ] as const)
        assert.ok(found <= allowed / 2 + 1e-3, `${found} of ${allowed}`)
    })

    it(`${precision}: refuses a score that is off by more than that, though the map may be`, async () => {
      const lower = ({ score, map }: Prediction) => ({ score: score - 0.02, map })
      await assert.rejects(testOf(precision, lower), refused)
    })
  }

  it('refuses a map that lacks everything but its peaks', async () => {
    const below = 0.2
    assert.ok(models.int4.manifest.selfTest.tolerance!.map > below, 'the largest difference alone would pass')
    const peaks = ({ score, map }: Prediction) => ({
      score,
      map: map.map((value) => (value < below ? 0 : value)),
    })
    await assert.rejects(testOf('int4', peaks), refused)
  })
})
