import assert from 'node:assert/strict'
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { lockOutput } from '../../../cli/output-lock.ts'
import { type ResultsFile, readEvaluation } from '../../../evaluation/results/index.ts'
import { readRecommendation } from '../../../inspection/calibration/index.ts'
import { buildModel } from '../../../models/build.ts'
import { nanoModelDir } from '../../../models/nano/location.ts'
import { goldenFolder } from '../../support/golden.ts'
import { expectedScore } from '../../support/samples.ts'
import { anomalyclip, inNewFolder, lines, startAnomalyclip } from '../anomalyclip.ts'

const SAMPLES = join(import.meta.dirname, '..', '..', '..', 'models', 'nano', 'samples')

const PRODUCTS = { wood: 'wood-bad-thread.png', nut: 'nut-bad-missing.png' } as const

/** Two products of the nano model's samples, laid out like MVTec AD; the defects' masks are made up. */
const miniature = async (root: string): Promise<void> => {
  const mask = await sharp({ create: { width: 320, height: 320, channels: 3, background: '#000' } })
    .composite([
      {
        input: { create: { width: 90, height: 60, channels: 3, background: '#fff' } },
        left: 130,
        top: 120,
      },
    ])
    .png()
    .toBuffer()
  for (const [product, bad] of Object.entries(PRODUCTS)) {
    for (const folder of ['test/good', 'test/defect', 'ground_truth/defect'])
      await mkdir(join(root, product, folder), { recursive: true })
    await copyFile(join(SAMPLES, `${product}-good.png`), join(root, product, 'test/good/000.png'))
    await copyFile(join(SAMPLES, bad), join(root, product, 'test/defect/000.png'))
    await writeFile(join(root, product, 'ground_truth/defect/000_mask.png'), mask)
  }
}

/** A folder of one's own with as many different images, each second one bad and drawn. */
const manyParts = async (root: string, count: number): Promise<void> => {
  for (const folder of ['good', 'bad', 'masks']) await mkdir(join(root, folder), { recursive: true })
  for (let i = 0; i < count; i++) {
    const isBad = i % 2 === 1
    const name = `${String(i).padStart(3, '0')}.png`
    const part = sharp(join(SAMPLES, isBad ? PRODUCTS.wood : 'wood-good.png')).linear(1 - i / 200, i)
    await part.toFile(join(root, isBad ? 'bad' : 'good', name))
    if (isBad)
      await sharp({ create: { width: 320, height: 320, channels: 3, background: '#000' } })
        .composite([
          {
            input: { create: { width: 40, height: 40, channels: 3, background: '#fff' } },
            left: 2 * i,
            top: 100,
          },
        ])
        .png()
        .toFile(join(root, 'masks', name))
  }
}

const resultsIn = async (folder: string): Promise<ResultsFile> =>
  JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as ResultsFile

describe('anomalyclip evaluate', () => {
  it('measures the nano model on a miniature of MVTec AD, and writes what it found', () =>
    inNewFolder(async (cwd) => {
      await miniature(join(cwd, 'tree'))
      const args = ['evaluate', '--dataset', 'mvtec', '--root', 'tree', '--output', 'out']
      const { status, stdout, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 0, stderr)
      const { categories, mean } = await resultsIn(join(cwd, 'out'))
      assert.deepEqual(Object.keys(categories), ['wood', 'nut'])
      for (const { image, pixel } of [...Object.values(categories), mean])
        for (const value of [...Object.values(image), ...Object.values(pixel)])
          assert.ok(value !== null && value >= 0 && value <= 1)
      const [, wood, nut] = lines(stdout)
      assert.match(nut!, /^nut +\d+\.\d/)
      assert.match(wood!, /^wood +\d+\.\d/)
      const scores = lines(await readFile(join(cwd, 'out', 'scores.csv'), 'utf8'))
      const [, , , score] = scores
        .find((line) => line.startsWith('wood,wood/test/defect/000.png,bad,'))!
        .split(',')
      assert.ok(Math.abs(Number(score) - expectedScore(PRODUCTS.wood)) < 5e-3)
      assert.match(
        await readFile(join(cwd, 'out', 'results.csv'), 'utf8'),
        /^category,image_auroc,.*\r\nwood,/,
      )
    }))

  it('recommends thresholds for a folder of one’s own that the node threshold imports', () =>
    inNewFolder(async (cwd) => {
      for (const folder of ['own/good', 'own/bad']) await mkdir(join(cwd, folder), { recursive: true })
      for (const product of ['wood', 'nut', 'gear'])
        await copyFile(join(SAMPLES, `${product}-good.png`), join(cwd, 'own/good', `${product}.png`))
      await copyFile(join(SAMPLES, PRODUCTS.nut), join(cwd, 'own/bad/nut.png'))
      const args = ['evaluate', '--dataset', 'folder', '--root', 'own', '--output', 'out']
      const { status, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 0, stderr)
      const { categories, mean } = await resultsIn(join(cwd, 'out'))
      assert.deepEqual(Object.keys(categories), ['own'])
      assert.equal(mean.pixel.aupro, null)
      const found = readRecommendation(await readFile(join(cwd, 'out', 'threshold-own.json'), 'utf8'))
      assert.equal(found.goodParts, 3)
      assert.equal(found.model?.name, 'nano')
      const good = ['wood', 'nut', 'gear'].map((product) => expectedScore(`${product}-good.png`))
      assert.ok(Math.abs(found.score - Math.max(...good)) < 5e-3)
    }))

  it('names what it cannot read, goes on with the others, and ends with 1', () =>
    inNewFolder(async (cwd) => {
      const root = join(cwd, 'tree')
      await miniature(root)
      await writeFile(join(root, 'wood/test/good/001.png'), 'no image')
      await rm(join(root, 'nut/ground_truth/defect/000_mask.png'))
      await writeFile(
        join(root, 'wood/ground_truth/defect/000_mask.png'),
        await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } })
          .png()
          .toBuffer(),
      )
      const args = ['evaluate', '--dataset', 'mvtec', '--root', 'tree', '--output', 'out']
      const { status, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 1)
      assert.match(stderr, /DATASET_FILE_MISSING: .*nut\/ground_truth\/defect\/000_mask\.\* is missing/)
      assert.match(stderr, /wood\/test\/good\/001\.png: .*(JPEG|PNG)/)
      assert.match(stderr, /wood\/test\/defect\/000\.png: DATASET_MASK_SIZE: .*8 × 8 pixels.* 320 × 320/)
      assert.match(stderr, /3 problems, named above/)
      const report = await readFile(join(cwd, 'out', 'report.html'), 'utf8')
      assert.match(report, /nut\/ground_truth\/defect\/000_mask\.\* is missing/)
      assert.ok(!report.includes(cwd))
      const { categories } = await resultsIn(join(cwd, 'out'))
      assert.notEqual(categories.nut!.image.auroc, null)
      assert.equal(categories.nut!.pixel.auroc, null)
      assert.equal(categories.wood!.image.auroc, null)
    }))

  it('takes the categories and the number of images that are asked for', () =>
    inNewFolder(async (cwd) => {
      await miniature(join(cwd, 'tree'))
      const base = ['evaluate', '--dataset', 'mvtec', '--root', 'tree', '--output', 'out']
      const one = await anomalyclip([...base, '--categories', 'wood', '--limit', '1'], { cwd })
      assert.equal(one.status, 0, one.stderr)
      assert.deepEqual(Object.keys((await resultsIn(join(cwd, 'out'))).categories), ['wood'])
      assert.equal(lines(await readFile(join(cwd, 'out', 'scores.csv'), 'utf8')).length, 2)
      const none = await anomalyclip([...base, '--categories', 'wood,door'], { cwd })
      assert.equal(none.status, 1)
      assert.match(none.stderr, /DATASET_UNKNOWN: .* no category "door", expected one of wood, nut/)
    }))

  it('compares several models, each with a folder of its own', () =>
    inNewFolder(async (cwd) => {
      await miniature(join(cwd, 'tree'))
      await cp(nanoModelDir(), join(cwd, 'copy'), { recursive: true })
      const base = ['evaluate', '--dataset', 'mvtec', '--root', 'tree', '--output', 'out']
      const { status, stdout, stderr } = await anomalyclip([...base, '--model', 'nano', './copy'], { cwd })
      assert.equal(status, 0, stderr)
      const { models } = JSON.parse(await readFile(join(cwd, 'out', 'results.json'), 'utf8'))
      assert.deepEqual(Object.keys(models), ['nano', 'nano-2'])
      for (const name of ['nano', 'nano-2'])
        assert.deepEqual(await resultsIn(join(cwd, 'out', name)), models[name])
      assert.match(
        await readFile(join(cwd, 'out', 'results.csv'), 'utf8'),
        /^model,category,.*\r\nnano,wood,.*\r\nnano,nut,.*\r\nnano,mean of 2,.*\r\nnano-2,wood,/,
      )
      assert.match(stdout, /\nmodel +image AUROC.*\nnano +\d.*\nnano-2 +\d.*\n/)
      assert.ok(stdout.endsWith(`\n${join(cwd, 'out', 'report.html')}\n`))
      assert.match(stderr, /images, model 2 of 2, nano-2 {2}100 %/)
      const evaluated = await readEvaluation(join(cwd, 'out'))
      assert.deepEqual(
        evaluated.map(({ name, details }) => [name, details.model.name, Object.keys(details.categories)]),
        [
          ['nano', 'nano', ['wood', 'nut']],
          ['nano-2', 'nano', ['wood', 'nut']],
        ],
      )
      const [miss] = evaluated[0]!.details.categories.wood!.worst.misses
      for (const file of [miss!.image, miss!.truth!, miss!.map])
        assert.equal((await sharp(join(cwd, 'out', 'nano', file)).metadata()).width, 224)
    }))

  it('says which models there are where none is of the methods asked for', () =>
    inNewFolder(async (cwd) => {
      await miniature(join(cwd, 'tree'))
      const base = ['evaluate', '--dataset', 'mvtec', '--root', 'tree']
      const none = await anomalyclip([...base, '--methods', 'winclip,coop'], { cwd })
      assert.equal(none.status, 1)
      assert.match(none.stderr, /EVALUATION_MODELS: .*winclip or coop; there is nano \(anomalyclip\)/)
      const unknown = await anomalyclip([...base, '--methods', 'padim'], { cwd })
      assert.equal(unknown.status, 2)
      assert.match(unknown.stderr, /'padim'; expected anomalyclip, clip, clip-ac, winclip, april-gan or coop/)
    }))

  it('puts the name of each category into the prompts of a method that takes one, or the one that was given', () =>
    inNewFolder(async (cwd) => {
      await miniature(join(cwd, 'tree'))
      const build = (method: 'clip' | 'winclip', classNames: string[]) =>
        buildModel({
          method,
          clip: join(goldenFolder('tiny-b'), 'clip.safetensors'),
          imageSize: 64,
          classNames,
          output: join(cwd, method),
        })
      await build('clip', ['wood', 'nut'])
      await build('winclip', ['nut'])
      const base = ['evaluate', '--dataset', 'mvtec', '--root', 'tree']

      const refused = await anomalyclip([...base, '--model', 'clip', 'winclip'], { cwd })
      assert.equal(refused.status, 1)
      assert.match(
        refused.stderr,
        /MODEL_CLASS: .*"winclip" has no class "wood"; choose one for all .*--add wood\n/,
      )
      await assert.rejects(readdir(join(cwd, 'evaluation')), { code: 'ENOENT' })

      const classNamesIn = async (...path: string[]) =>
        (await readEvaluation(join(cwd, ...path))).flatMap(({ details }) =>
          Object.values(details.categories).map(({ className }) => className),
        )
      const own = await anomalyclip([...base, '--model', 'clip', '--output', 'own'], { cwd })
      assert.equal(own.status, 0, own.stderr)
      assert.deepEqual(await classNamesIn('own'), ['wood', 'nut'])
      const all = [...base, '--model', 'clip', 'winclip', '--class', 'nut', '--output', 'all']
      const both = await anomalyclip(all, { cwd })
      assert.equal(both.status, 0, both.stderr)
      assert.deepEqual(await classNamesIn('all', 'clip'), ['nut', 'nut'])
      const scoresIn = async (...path: string[]) =>
        lines(await readFile(join(cwd, ...path, 'scores.csv'), 'utf8')).map((line) => line.split(',')[3])
      const [asWood, asNut] = [await scoresIn('own'), await scoresIn('all', 'clip')]
      assert.notEqual(asWood[1], asNut[1])
      assert.deepEqual(asWood.slice(3), asNut.slice(3))
    })).timeout(180_000)

  it('goes on where it was killed, inspects only the rest, and ends with the same files', () =>
    inNewFolder(async (cwd) => {
      const count = 40
      await manyParts(join(cwd, 'parts'), count)
      const run = (output: string) => [
        'evaluate',
        '--dataset',
        'folder',
        '--root',
        'parts',
        '--output',
        output,
      ]
      const whole = await anomalyclip(run('whole'), { cwd })
      assert.equal(whole.status, 0, whole.stderr)

      const { process: child, outcome } = startAnomalyclip(run('killed'), { cwd })
      child.stderr.on('data', (text: string) => {
        if (/images {2}[1-9]\d %/.test(text)) child.kill('SIGKILL')
      })
      assert.equal((await outcome).status, null)
      await assert.rejects(readFile(join(cwd, 'killed', 'results.json')), { code: 'ENOENT' })

      const resumed = await anomalyclip([...run('killed'), '--resume'], { cwd })
      assert.equal(resumed.status, 0, resumed.stderr)
      const [, known] = /nano: (\d+) of 40 images from the cache/.exec(resumed.stderr)!
      assert.ok(Number(known) >= count / 10 && Number(known) < count, known)
      for (const file of ['results.json', 'details.json', 'scores.csv', 'worst/parts-miss-1-map.jpg'])
        assert.deepEqual(
          await readFile(join(cwd, 'killed', file)),
          await readFile(join(cwd, 'whole', file)),
          file,
        )
      assert.deepEqual(
        (await readdir(join(cwd, 'killed', 'cache'))).filter((name) => !/^[0-9a-f]{64}\.map$/.test(name)),
        [],
      )

      const again = await anomalyclip([...run('killed'), '--resume', '--aupro', 'reference'], { cwd })
      assert.match(again.stderr, /40 of 40 images from the cache/)
      const afresh = await anomalyclip([...run('killed'), '--limit', '1'], { cwd })
      assert.doesNotMatch(afresh.stderr, /from the cache/)
      const kept = async () => (await readdir(join(cwd, 'killed', 'cache'))).length
      assert.equal(await kept(), count)
      await anomalyclip([...run('killed'), '--resume', '--limit', '2', '--prune'], { cwd })
      assert.equal(await kept(), 2)
    })).timeout(180_000)

  it('refuses a class that no model takes, and thirds of what is not cut', () =>
    inNewFolder(async (cwd) => {
      await miniature(join(cwd, 'tree'))
      const base = ['evaluate', '--dataset', 'mvtec', '--root', 'tree']
      const named = await anomalyclip([...base, '--class', 'nut'], { cwd })
      assert.equal(named.status, 1)
      assert.match(named.stderr, /MODEL_CLASS: .*"nano" \(anomalyclip\) takes no class names/)
      const cut = await anomalyclip([...base, '--thirds'], { cwd })
      assert.equal(cut.status, 2)
      assert.match(cut.stderr, /--thirds is for the data set sdd, and --dataset is mvtec/)
    }))

  it('leaves nothing of an earlier run among its results, and what is not its own', () =>
    inNewFolder(async (cwd) => {
      await miniature(join(cwd, 'tree'))
      await mkdir(join(cwd, 'out', 'old'), { recursive: true })
      const left = {
        'threshold-gone.json': '',
        'details.json': '{',
        'old/details.json': '{',
        'notes.json': 'mine',
      }
      for (const [name, text] of Object.entries(left)) await writeFile(join(cwd, 'out', name), text)
      const giveBack = lockOutput(join(cwd, 'out'), 'EVALUATION')
      const args = ['evaluate', '--dataset', 'mvtec', '--root', 'tree', '--output', 'out']
      const busy = await anomalyclip(args, { cwd })
      assert.equal(busy.status, 1)
      assert.match(busy.stderr, /EVALUATION_BUSY/)
      assert.equal(await readFile(join(cwd, 'out', 'details.json'), 'utf8'), '{')
      giveBack()
      const { status, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 0, stderr)
      assert.deepEqual(
        (await readEvaluation(join(cwd, 'out'))).map(({ name }) => name),
        ['nano'],
      )
      assert.deepEqual((await readdir(join(cwd, 'out'))).sort(), [
        '.lock',
        'cache',
        'details.json',
        'notes.json',
        'old',
        'report.html',
        'results.csv',
        'results.json',
        'scores.csv',
        'threshold-nut.json',
        'threshold-wood.json',
        'worst',
      ])
    }))

  it('needs to be told what and where', () =>
    inNewFolder(async (cwd) => {
      const { status, stderr } = await anomalyclip(['evaluate', '--root', '.'], { cwd })
      assert.equal(status, 2)
      assert.match(stderr, /--dataset is missing/)
    }))
})
