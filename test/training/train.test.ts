import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import { openWeights, writeTorch } from '../../models/weights/index.ts'
import { type TrainingProgress, type TrainOptions, train } from '../../training/index.ts'
import type { EpochLosses } from '../../training/results/losses.ts'
import { goldenFolder } from '../support/golden.ts'
import { drawnImages } from '../support/training-images.ts'

const CLIP = join(goldenFolder('tiny-b'), 'clip.safetensors')
const SIDE = 64

describe('a training', () => {
  let folder: string
  /** Features are shared: what they are does not depend on the training. */
  let cache: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anomalyclip-train-'))
    cache = join(folder, 'features')
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const options = (name: string, others: Partial<TrainOptions> = {}): TrainOptions => ({
    method: 'anomalyclip',
    clip: CLIP,
    images: drawnImages(12, SIDE),
    output: join(folder, name),
    cache,
    imageSize: SIDE,
    dpamLayers: 4,
    features: [2, 6],
    context: 4,
    depth: 3,
    deepTokens: 2,
    batch: 5,
    epochs: 3,
    ...others,
  })
  const bytesOf = (name: string, file = 'prompts.pth') => readFile(join(folder, name, file))
  /** Aborts a training after so many events of a kind. */
  const stopping = (kind: TrainingProgress['kind'], count: number) => {
    const controller = new AbortController()
    let seen = 0
    return {
      signal: controller.signal,
      onProgress: (at: TrainingProgress) => {
        if (at.kind === kind && ++seen === count) controller.abort(new Error('stopped'))
      },
    }
  }

  it('lowers its losses, and leaves a checkpoint of each epoch, the last being the result', async () => {
    const { prompts, epoch, epochs, failed } = await train(options('plain'))
    assert.deepEqual([prompts, epoch, failed], [join(folder, 'plain', 'prompts.pth'), 3, []])
    const totals = epochs.map(({ images, maps }) => images + maps!)
    assert.ok(totals[2]! < totals[0]!, String(totals))
    const left = await readdir(join(folder, 'plain'))
    assert.deepEqual(left.toSorted(), [
      'checkpoints',
      'losses.csv',
      'losses.svg',
      'prompts.pth',
      'training.state',
    ])
    assert.deepEqual(
      await readdir(join(folder, 'plain', 'checkpoints')),
      [1, 2, 3].map((n) => `epoch_${n}.pth`),
    )
    assert.deepEqual(await bytesOf('plain'), await bytesOf('plain', 'checkpoints/epoch_3.pth'))
    const written = await openWeights(prompts)
    assert.deepEqual(written.info('prompt_learner.ctx_pos').shape, [1, 1, 4, 64])
    await written.close()
  })

  it('of the same seed and images gives the same bytes, of another seed others', async () => {
    await train(options('again'))
    await train(options('other', { seed: 2, epochs: 1 }))
    assert.deepEqual(await bytesOf('again'), await bytesOf('plain'))
    assert.notDeepEqual(await bytesOf('other'), await bytesOf('plain', 'checkpoints/epoch_1.pth'))
  })

  it('reads an image and computes its features once; what is damaged is computed again', async () => {
    const images = drawnImages(12, SIDE, { seed: 5 })
    const own = join(folder, 'own-features')
    await train(options('first', { images, cache: own }))
    assert.deepEqual(
      images.map(({ reads }) => reads),
      new Array(12).fill(1),
    )
    const [entry] = await readdir(own)
    await truncate(join(own, entry!), 100)
    await train(options('second', { images, cache: own }))
    assert.equal(
      images.reduce((sum, { reads }) => sum + reads, 0),
      13,
    )
    assert.deepEqual(await bytesOf('second'), await bytesOf('first'))
  })

  for (const [when, kind, count] of [
    ['among the features', 'features', 4],
    ['in the middle of an epoch', 'batch', 5],
    ['after an epoch', 'epoch', 2],
  ] as const)
    it(`stopped ${when}, goes on to the very bytes of one that was not`, async () => {
      const name = `stopped-${kind}`
      const images = drawnImages(12, SIDE)
      await assert.rejects(train(options(name, { images, ...stopping(kind, count) })), { message: 'stopped' })
      await train(options(name, { images, resume: true }))
      assert.deepEqual(await bytesOf(name), await bytesOf('plain'))
      assert.deepEqual(await bytesOf(name, 'losses.csv'), await bytesOf('plain', 'losses.csv'))
      assert.deepEqual(
        (await readdir(join(folder, name))).toSorted(),
        (await readdir(join(folder, 'plain'))).toSorted(),
      )
    })

  it('removes what was being written when an earlier run was killed', async () => {
    await train(options('left', { epochs: 1 }))
    const left = ['.training.state.1.part', '.graph-123456', 'checkpoints/.epoch_2.pth.1.part']
    for (const name of left) await writeFile(join(folder, 'left', name), 'half')
    await train(options('left', { epochs: 2, resume: true }))
    const names = await readdir(join(folder, 'left'), { recursive: true })
    assert.deepEqual(
      names.filter((name) => /(^|\/)\./.test(name)),
      [],
    )
  })

  it('goes on to more epochs than it began with, and to no fewer', async () => {
    await train(options('longer', { epochs: 1 }))
    await train(options('longer', { epochs: 3, resume: true }))
    assert.deepEqual(await bytesOf('longer'), await bytesOf('plain'))
    await assert.rejects(train(options('longer', { epochs: 2, resume: true })), { code: 'TRAINING_OPTIONS' })
  })

  it('is neither overwritten nor gone on with by other settings or images', async () => {
    await assert.rejects(train(options('plain')), { code: 'TRAINING_EXISTS' })
    const resume = true
    await assert.rejects(train(options('plain', { resume, batch: 6 })), {
      code: 'TRAINING_RESUME',
      message: /the batch was 5 and is now 6/,
    })
    await assert.rejects(train(options('plain', { resume, device: 'cuda' })), {
      code: 'TRAINING_RESUME',
      message: /the device was cpu and is now cuda/,
    })
    await assert.rejects(train(options('plain', { resume, images: drawnImages(13, SIDE) })), {
      code: 'TRAINING_RESUME',
      message: /new: good\/12\.png/,
    })
    await assert.rejects(
      train(options('plain', { resume, images: drawnImages(12, SIDE, { isDrawn: false }) })),
      {
        code: 'TRAINING_RESUME',
        message: /changed, or their masks are: /,
      },
    )
    await writeFile(join(folder, 'plain', 'training.state'), 'x')
    await assert.rejects(train(options('plain', { resume })), { code: 'TRAINING_STATE' })
    await rm(join(folder, 'plain', 'training.state'))
    await assert.rejects(train(options('plain', { resume })), { code: 'TRAINING_EXISTS' })
  })

  it('names images that cannot be read, and learns from the others', async () => {
    const images = drawnImages(12, SIDE)
    const spoilt = images.map((image, i) => {
      if (i === 3) return { ...image, read: () => Promise.reject(codedError('IMAGE_DAMAGED', 'cut off')) }
      if (i === 6)
        return { ...image, fingerprint: () => Promise.reject(codedError('DATASET_FILE_MISSING', 'gone')) }
      return image
    })
    const own = join(folder, 'spoilt-features')
    const { failed } = await train(options('spoilt', { images: spoilt, cache: own, epochs: 1 }))
    assert.deepEqual(failed, [
      { name: 'good/6.png', reason: 'DATASET_FILE_MISSING: gone' },
      { name: 'bad/3.png', reason: 'IMAGE_DAMAGED: cut off' },
    ])
    await train(options('without', { images: images.filter((_, i) => i !== 3 && i !== 6), epochs: 1 }))
    assert.deepEqual(await bytesOf('spoilt'), await bytesOf('without'))
    const broken = images.map((image) => ({ ...image, read: () => Promise.reject(new Error('a fault')) }))
    await assert.rejects(
      train(options('broken', { images: broken, cache: join(folder, 'no-features') })),
      /a fault/,
    )
  })

  it('needs good and bad images', async () => {
    for (const label of [0, 1]) {
      const images = drawnImages(12, SIDE).filter((image) => image.label === label)
      await assert.rejects(train(options(`only-${label}`, { images })), { code: 'TRAINING_IMAGES' })
    }
  })

  it('without any mask learns from images alone; with some, those without have no share in the maps', async () => {
    const undrawn = drawnImages(12, SIDE, { isDrawn: false })
    const { epochs } = await train(options('undrawn', { images: undrawn }))
    assert.ok(epochs.every(({ maps }) => maps === null))
    assert.ok(epochs[2]!.images < epochs[0]!.images)
    const mixed = drawnImages(12, SIDE).map((image, i) => (i < 8 ? image : undrawn[i]!))
    const { epochs: some } = await train(options('mixed', { images: mixed, epochs: 1 }))
    const { epochs: all } = await train(options('drawn', { epochs: 1 }))
    assert.ok(some[0]!.maps! > 0 && some[0]!.maps! < all[0]!.maps!)
  })

  it('keeps images back for a validation, and stops at the best epoch where it is told to', async () => {
    const events: EpochLosses[] = []
    const { epoch, epochs } = await train(
      options('validated', {
        validation: 0.3,
        patience: 1,
        epochs: 40,
        // So fast that it overshoots soon.
        learningRate: 0.3,
        onProgress: (at) => at.kind === 'epoch' && events.push(at.losses),
      }),
    )
    assert.deepEqual(events, epochs)
    assert.ok(epochs.length < 40 && epoch === epochs.length - 1, `${epoch} of ${epochs.length}`)
    const totals = epochs.map(({ validation }) => validation!.images + validation!.maps!)
    assert.equal(Math.min(...totals), totals[epoch - 1])
    assert.deepEqual(await bytesOf('validated'), await bytesOf('validated', `checkpoints/epoch_${epoch}.pth`))
    assert.match(String(await bytesOf('validated', 'losses.csv')), /validation_total/)
  })

  it('mirrored views have features of their own, and are repeated by a training that goes on', async () => {
    const images = drawnImages(12, SIDE)
    const mirrored: boolean[] = []
    await train(
      options('augmented', {
        images,
        augment: true,
        onProgress: (at) => at.kind === 'features' && at.done > 0 && mirrored.push(at.isMirrored),
      }),
    )
    const views = mirrored.filter((isMirrored) => isMirrored).length
    assert.ok(views > 12 && views <= 36, String(views))
    assert.equal(
      images.reduce((sum, { reads }) => sum + reads, 0),
      views,
    )
    const more = { augment: true, images }
    await assert.rejects(train(options('augmented-stopped', { ...more, ...stopping('batch', 4) })))
    await train(options('augmented-stopped', { ...more, resume: true }))
    assert.deepEqual(await bytesOf('augmented-stopped'), await bytesOf('augmented'))
  })

  it('for CoOp learns one context for the class names of its images', async () => {
    const { depth: _, deepTokens: __, dpamLayers: ___, features: ____, ...common } = options('coop')
    const { epochs, prompts } = await train({ ...common, method: 'coop', learningRate: 0.05 })
    assert.ok(epochs[2]!.images < epochs[0]!.images && epochs[2]!.maps === null)
    const written = await openWeights(prompts)
    assert.deepEqual(written.info('ctx').shape, [4, 64])
    // Normal and anomalous, "bottle" and "metal nut".
    assert.deepEqual(written.info('token_prefix').shape, [4, 1, 64])
    await written.close()
  })

  it('begins with given prompts, and takes their sizes', async () => {
    const init = join(goldenFolder('tiny-b'), 'prompts.pth')
    const { context: _, depth: __, deepTokens: ___, ...common } = options('begun')
    const { prompts } = await train({ ...common, init, epochs: 1 })
    const [written, before] = [await openWeights(prompts), await openWeights(init)]
    assert.deepEqual(written.names(), before.names())
    const name = 'prompt_learner.compound_prompt_projections.1.weight'
    assert.deepEqual(await written.read(name), await before.read(name))
    const moved = await written.read('prompt_learner.ctx_pos')
    const from = await before.read('prompt_learner.ctx_pos')
    const steps = moved.map((value, i) => Math.abs(value - from[i]!))
    assert.ok(Math.max(...steps) > 1e-3 && Math.max(...steps) < 4e-3)
    await Promise.all([written.close(), before.close()])
  })

  it('stops at a loss that is no number, and keeps the checkpoints before', async () => {
    const before = await openWeights(join(goldenFolder('tiny-b'), 'prompts.pth'))
    const state = new Map(
      await Promise.all(
        before.names().map(async (name) => {
          const data = (await before.read(name)).fill(name.endsWith('ctx_pos') ? Number.NaN : 0)
          const shape = before.info(name).shape
          return [name.replace('prompt_learner.', ''), { type: 'float32' as const, shape, data }] as const
        }),
      ),
    )
    await before.close()
    const init = join(folder, 'damaged.pth')
    await writeTorch(init, { prompt_learner: state })
    const { context: _, depth: __, deepTokens: ___, ...common } = options('diverged')
    await assert.rejects(train({ ...common, init }), {
      code: 'TRAINING_LOSS',
      message: /epoch 1, batch 1.*NaN.*--lr/,
    })
    assert.deepEqual(await readdir(join(folder, 'diverged', 'checkpoints')), [])
    assert.ok(!(await readdir(join(folder, 'diverged'))).some((name) => name.startsWith('.graph')))
  })

  it('refuses options out of range before it touches the disk', async () => {
    for (const wrong of [
      { epochs: 0 },
      { batch: 0 },
      { learningRate: 0 },
      { seed: 0.5 },
      { validation: 1 },
      { patience: 1 },
      { patience: 0, validation: 0.2 },
    ])
      await assert.rejects(
        train(options('wrong', wrong)),
        { code: 'TRAINING_OPTIONS' },
        JSON.stringify(wrong),
      )
    await assert.rejects(train(options('wrong', { features: [7] })), { code: 'MODEL_OPTIONS' })
    await assert.rejects(readdir(join(folder, 'wrong')), { code: 'ENOENT' })
  })
})
