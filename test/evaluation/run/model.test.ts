import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { codedError } from '../../../errors/index.ts'
import { listDataset } from '../../../evaluation/datasets/index.ts'
import { evaluateModel, type ModelOptions, openCache, type Task } from '../../../evaluation/run/index.ts'
import { brightnessEngine, MODEL, SIDE } from './engine.ts'

const WIDTH = 300
const HEIGHT = 600

const grey = (brightness: number) => ({ r: brightness, g: brightness, b: brightness })
const picture = (brightness: number, width = WIDTH, height = HEIGHT): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: grey(brightness) } })
    .png()
    .toBuffer()
/** White on the left half. */
const mask = (): Promise<Buffer> =>
  sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: '#000' } })
    .composite([
      {
        input: { create: { width: WIDTH / 2, height: HEIGHT, channels: 3, background: '#fff' } },
        left: 0,
        top: 0,
      },
    ])
    .png()
    .toBuffer()

describe('evaluating a model', () => {
  let folder: string
  let own: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evaluate-'))
    own = join(folder, 'parts')
    for (const name of ['parts/good', 'parts/bad', 'parts/masks', 'out', 'pixels'])
      await mkdir(join(folder, name), { recursive: true })
    for (const brightness of [10, 20, 200])
      await writeFile(join(own, 'good', `${brightness}.png`), await picture(brightness))
    for (const brightness of [100, 250]) {
      await writeFile(join(own, 'bad', `${brightness}.png`), await picture(brightness))
      await writeFile(join(own, 'masks', `${brightness}.png`), await mask())
    }
  })
  afterEach(() => rm(folder, { recursive: true }))

  interface Given extends Partial<ModelOptions> {
    readonly resume?: boolean
    readonly task?: Partial<Task>
  }

  const run = async ({ resume = true, task = {}, ...options }: Given = {}) => {
    const { asked, engine } = brightnessEngine()
    const base: Task = {
      dataset: 'folder',
      root: own,
      problems: [],
      limit: null,
      categories: (await listDataset('folder', { root: own })).categories,
    }
    const details = await evaluateModel(
      { ...base, ...task },
      {
        engine,
        model: MODEL,
        device: 'cpu',
        cache: await openCache(join(folder, 'out', 'cache'), { resume }),
        aupro: 'exact',
        folder: join(folder, 'pixels'),
        output: join(folder, 'out'),
        worst: 1,
        signal: new AbortController().signal,
        onImage: () => {},
        ...options,
      },
    )
    return { asked, details, found: Object.values(details.categories)[0]! }
  }

  it('tells everything that the report shows', async () => {
    const { details, found } = await run()
    assert.deepEqual(
      { ...details, categories: Object.keys(details.categories) },
      {
        format: 'anomalyclip-evaluation',
        version: 1,
        dataset: 'folder',
        root: 'parts',
        model: MODEL,
        aupro: 'exact',
        limit: null,
        categories: ['parts'],
        order: ['parts'],
        problems: [],
      },
    )
    assert.deepEqual(
      found.scored.map(({ name, label, score }) => [name, label, Math.round(255 * score)]),
      [
        ['good/10.png', 0, 10],
        ['good/20.png', 0, 20],
        ['good/200.png', 0, 200],
        ['bad/100.png', 1, 100],
        ['bad/250.png', 1, 250],
      ],
    )
    // 5 of 6 pairs are in the right order, by hand.
    assert.equal(found.metrics.image.auroc, 5 / 6)
    assert.ok(found.metrics.pixel.aupro! > 0)
    assert.equal(found.threshold?.goodParts, 3)
    assert.deepEqual(await readdir(join(folder, 'pixels')), [])
  })

  it('draws the worst cases small, with the truth where it was drawn', async () => {
    await writeFile(join(folder, 'out', 'photo.jpg'), 'mine')
    await run({ worst: 2 })
    const { found } = await run()
    const { misses, falseAlarms } = found.worst
    assert.deepEqual(
      [misses, falseAlarms].map(([first]) => [first?.name, first?.truth]),
      [
        ['bad/100.png', 'worst/parts-miss-1-truth.jpg'],
        ['good/200.png', null],
      ],
    )
    const files = await readdir(join(folder, 'out', 'worst'))
    assert.equal(files.length, 5, 'those of the run before are gone')
    const grey = async (file: string, x: number) => {
      const { data, info } = await sharp(join(folder, 'out', file))
        .greyscale()
        .raw()
        .toBuffer({ resolveWithObject: true })
      assert.deepEqual([info.width, info.height], [112, 224])
      return data[112 * 100 + x]!
    }
    assert.ok(Math.abs((await grey(misses[0]!.image, 64)) - 100) < 3)
    assert.ok((await grey(misses[0]!.truth!, 20)) > 250)
    assert.ok((await grey(misses[0]!.truth!, 100)) < 5)
    assert.ok(Math.abs((await grey(falseAlarms[0]!.image, 64)) - (await grey(falseAlarms[0]!.map, 64))) > 5)
  })

  it('names a worst case that is gone before it is drawn, and measures all the same', async () => {
    const whole = await run()
    let left = 5
    const { details, found } = await run({
      onImage: () => {
        if (--left === 0) rmSync(join(own, 'good', '200.png'))
      },
    })
    assert.deepEqual(found.metrics, whole.found.metrics)
    assert.deepEqual([found.worst.misses.length, found.worst.falseAlarms.length], [1, 0])
    assert.equal(details.problems.length, 1)
    assert.match(details.problems[0]!, /^good\/200\.png .*DATASET_FILE_MISSING/)
  })

  it('inspects nothing again with another measure, other masks and more images', async () => {
    const first = await run({ resume: false })
    assert.equal(first.asked.length, 5)
    const again = await run()
    assert.equal(again.asked.length, 0)
    assert.deepEqual(again.details, first.details)
    await writeFile(
      join(own, 'masks', '100.png'),
      await sharp(await mask())
        .flop()
        .png()
        .toBuffer(),
    )
    await writeFile(join(own, 'good', '30.png'), await picture(30))
    const more = await run({ aupro: 'reference' })
    assert.equal(more.asked.length, 1)
    assert.notEqual(more.found.metrics.pixel.auroc, first.found.metrics.pixel.auroc)
  })

  it('inspects all again that an earlier run has left where it does not go on', async () => {
    await run()
    assert.equal((await run({ resume: false })).asked.length, 5)
  })

  it('says which images were not inspected in this run', async () => {
    await run()
    await writeFile(join(own, 'good', '30.png'), await picture(30))
    const seen: [string, boolean][] = []
    await run({ onImage: ({ category, isFromCache }) => void seen.push([category, isFromCache]) })
    assert.deepEqual(
      seen.map(([category]) => category),
      Array(6).fill('parts'),
    )
    assert.equal(seen.filter(([, isFromCache]) => isFromCache).length, 5)
  })

  it('leaves the decoding of whole images to the engine, and gives it the cut ones decoded', async () => {
    const whole = await run()
    assert.ok(whole.asked.every(({ kind }) => kind === 'encoded'))
    const { categories } = await listDataset('folder', { root: own })
    const samples = categories[0]!.samples.map((sample) => ({ ...sample, crop: { index: 1, of: 3 } }))
    const task = { categories: [{ ...categories[0]!, samples }] }
    const first = await run({ task })
    for (const image of first.asked)
      assert.deepEqual(image.kind === 'raw' && [image.width, image.height], [WIDTH, HEIGHT / 3])
    assert.deepEqual(first.found.failed, [])
    assert.equal(first.found.scored[0]!.name, 'good/10.png#2/3')
    // Their masks are held against the whole image again, whose size nobody decodes for it.
    const again = await run({ task })
    assert.deepEqual(again.details, first.details)
    assert.deepEqual([first.asked.length, again.asked.length], [5, 0])
  })

  it('keeps apart what a model says of an image under different names of its class', async () => {
    await run()
    const [category] = (await listDataset('folder', { root: own })).categories
    const { asked, found } = await run({ task: { categories: [{ ...category!, className: 'nut' }] } })
    assert.equal(asked.length, 5)
    assert.equal(found.className, 'nut')
  })

  it('names what does not decode, what has gone and a mask of another size, and counts the rest', async () => {
    await writeFile(join(own, 'good', '10.png'), 'no image at all, but long enough')
    await writeFile(join(own, 'masks', '100.png'), await picture(255, 8, 8))
    for (const pass of ['inspected', 'from the cache']) {
      const { found } = await run()
      assert.deepEqual(
        found.scored.map(({ name }) => name),
        ['good/20.png', 'good/200.png', 'bad/250.png'],
        pass,
      )
      assert.deepEqual(
        found.failed.map(({ name, reason }) => [name, reason.split(':')[0]]),
        [
          ['good/10.png', 'IMAGE_FORMAT'],
          ['bad/100.png', 'DATASET_MASK_SIZE'],
        ],
      )
      assert.match(found.failed[1]!.reason, /8 × 8 pixels, .* has 300 × 600/)
    }
  })

  it('names an image of which the model says no number', async () => {
    const { engine } = brightnessEngine()
    const { found } = await run({
      engine: {
        infer: async (request) => ({ ...(await engine.infer(request)), score: Number.NaN }),
      },
    })
    assert.equal(found.failed.length, 5)
    assert.match(found.failed[0]!.reason, /EVALUATION_MAP.*NaN/)
    const holed = Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i === 3 ? Number.NaN : 0))
    const second = await run({
      engine: {
        infer: async (request) => ({
          ...(await engine.infer(request)),
          map: { width: SIDE, height: SIDE, data: holed },
        }),
      },
    })
    assert.equal(second.found.failed.length, 5)
  })

  it('ends with an engine that has ended, and not with a list of every image', async () => {
    const dead = async () => {
      throw codedError('ENGINE_LOAD', 'gone')
    }
    await assert.rejects(run({ engine: { infer: dead } }), { code: 'ENGINE_LOAD' })
    assert.deepEqual(await readdir(join(folder, 'pixels')), [])
  })

  it('stops where it is told to, and keeps what is done', async () => {
    const controller = new AbortController()
    const started = run({
      signal: controller.signal,
      onImage: () => controller.abort(new Error('enough')),
    })
    await assert.rejects(started, /enough/)
    assert.ok((await run()).asked.length < 5)
  })

  it('names images of a list from the folder that the list lies in', async () => {
    await writeFile(join(own, 'list.csv'), 'image,label\ngood/10.png,0\nbad/100.png,1\n')
    const root = join(own, 'list.csv')
    const { categories } = await listDataset('csv', { root })
    const { found } = await run({ task: { root, categories }, worst: 0 })
    assert.deepEqual(
      found.scored.map(({ name }) => name),
      ['good/10.png', 'bad/100.png'],
    )
    assert.equal(found.pixel, null)
    assert.deepEqual(found.worst, { misses: [], falseAlarms: [] })
  })

  it('is EVALUATION_OUTPUT where pictures cannot be put', async () => {
    await writeFile(join(folder, 'out', 'worst'), 'a file')
    await assert.rejects(run(), { code: 'EVALUATION_OUTPUT' })
    assert.equal(await readFile(join(folder, 'out', 'worst'), 'utf8'), 'a file')
  })
})
