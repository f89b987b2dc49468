import assert from 'node:assert/strict'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nanoModelDir } from '../../../models/nano/location.ts'
import { copyWithFixedBatch } from '../../support/fixed-batch.ts'
import { anomalyclip, inNewFolder, lines, startAnomalyclip } from '../anomalyclip.ts'

const SAMPLES = join(import.meta.dirname, '..', '..', '..', 'models', 'nano', 'samples')
const FAST = ['--quick', '--seconds', '0.1', '--batches', '1,2']

interface Written {
  readonly variants: {
    readonly model: string
    readonly batch: number
    readonly runs: { readonly inferMs: number[]; readonly readyMs: number }[]
    readonly failure: string | null
  }[]
  readonly changes: { readonly name: string; readonly change: { maxScore: number } | null }[]
  readonly cameras: { readonly cameras: number; readonly latencies: number[][]; readonly dropped: number[] }[]
  readonly failures: readonly string[]
  readonly recommendation: { readonly batch: number; readonly sentences: string[] }
}

describe('anomalyclip bench', () => {
  it('measures nano, prints a row a variant and what it recommends, and writes every figure', async () => {
    await inNewFolder(async (cwd) => {
      const args = ['bench', ...FAST, '--threads', '1', '--cameras', '3', '--json', 'speed.json']
      const { status, stdout, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 0, stderr)
      const [head, ...rows] = lines(stdout)
      assert.match(head!, /model .*ms an image .*images\/s .*memory/)
      assert.deepEqual(
        rows.slice(0, 3).map((row) => /^nano +(all cores|1) +(\d)/.exec(row)?.slice(1)),
        [
          ['all cores', '1'],
          ['all cores', '2'],
          ['1', '1'],
        ],
      )
      assert.match(stdout, /\n\nCameras on nano, threads (all cores|1), batches of at most \d:\ncameras /)
      assert.match(stdout, /Threads: .*\nBatch: .*\nQueue: /)
      const written = JSON.parse(await readFile(join(cwd, 'speed.json'), 'utf8')) as Written
      assert.deepEqual(
        written.variants.map(({ batch, failure }) => [batch, failure]),
        [
          [1, null],
          [2, null],
          [1, null],
        ],
      )
      for (const { runs } of written.variants) assert.ok(runs[0]!.inferMs[0]! > 0 && runs[0]!.readyMs > 0)
      assert.deepEqual(
        written.cameras.map(({ cameras, latencies }) => [cameras, latencies.length]),
        [[3, 3]],
      )
      for (const { latencies } of written.cameras) assert.ok(latencies.flat().every((ms) => ms > 0))
      assert.equal(written.recommendation.sentences.length, 3)
    })
  })

  it('compares models on one’s own labelled images with the first one', async () => {
    await inNewFolder(async (cwd) => {
      await cp(nanoModelDir(), join(cwd, 'copy'), { recursive: true })
      for (const folder of ['good', 'bad']) await mkdir(join(cwd, 'parts', folder), { recursive: true })
      for (const name of (await readdir(SAMPLES)).filter((file) => /^(nut|wood)-.*\.png$/.test(file)))
        await cp(join(SAMPLES, name), join(cwd, 'parts', name.includes('good') ? 'good' : 'bad', name))
      const args = [
        ...['bench', ...FAST, '--batches', '1', '--dataset', 'folder', '--root', 'parts'],
        ...['--json', 'speed.json', 'nano', './copy'],
      ]
      const { status, stdout, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 0, stderr)
      const { changes } = JSON.parse(await readFile(join(cwd, 'speed.json'), 'utf8')) as Written
      assert.deepEqual(
        changes.map(({ change }) => change?.maxScore ?? null),
        [null, 0],
      )
      assert.match(stdout, /reference .* \d+\.\d %\n/)
      assert.match(stdout, /Model: /)
    })
  })

  it('compares models on drawn surfaces where no images are given, and says so', async () => {
    await inNewFolder(async (cwd) => {
      await cp(nanoModelDir(), join(cwd, 'copy'), { recursive: true })
      const { status, stdout, stderr } = await anomalyclip(
        ['bench', ...FAST, '--batches', '1', 'nano', './copy'],
        { cwd },
      )
      assert.equal(status, 0, stderr)
      assert.match(stdout, /\n\nOn 4 drawn surfaces, as no images were given.*:\nmodel +images +score, mean/)
      assert.match(stdout, /^nano +reference/m)
      assert.match(stdout, /^nano-2 +4 +0\.0000 /m)
    })
  })

  it('says which model cannot run and which image cannot be read, and measures, compares and writes the others', async () => {
    await inNewFolder(async (cwd) => {
      await cp(nanoModelDir(), join(cwd, 'broken'), { recursive: true })
      await writeFile(join(cwd, 'broken', 'model.onnx'), 'nothing')
      await cp(nanoModelDir(), join(cwd, 'copy'), { recursive: true })
      await mkdir(join(cwd, 'parts'))
      await cp(join(SAMPLES, 'nut-good.png'), join(cwd, 'parts', 'nut.png'))
      await writeFile(join(cwd, 'parts', 'note.png'), 'no image')
      const args = [...FAST, '--batches', '1', '--images', 'parts', '--json', 'speed.json']
      const { status, stdout, stderr } = await anomalyclip(['bench', ...args, './broken', './copy', 'nano'], {
        cwd,
      })
      assert.equal(status, 1)
      assert.match(stdout, /^nano-2 .* 1\.00 ×/m)
      assert.match(stdout, /^nano .*failed/m)
      assert.match(stderr, /MODEL_CORRUPT/)
      assert.match(stderr, /parts\/note\.png is left out: IMAGE_FORMAT/)
      const { changes, failures } = JSON.parse(await readFile(join(cwd, 'speed.json'), 'utf8')) as Written
      assert.deepEqual(
        changes.map(({ name, change }) => [name, change?.maxScore ?? null]),
        [
          ['nano-2', null],
          ['nano-3', 0],
        ],
      )
      assert.equal(failures.length, 1)
      assert.match(failures[0]!, /^parts\/note\.png is left out: IMAGE_FORMAT/)
      assert.match(stdout, /Threads: /)
    })
  })

  it('does not count a batch that the engine had to take apart', async () => {
    await inNewFolder(async (cwd) => {
      await copyWithFixedBatch(1, join(cwd, 'single'))
      const { status, stdout, stderr } = await anomalyclip(['bench', ...FAST, './single'], { cwd })
      assert.equal(status, 1)
      assert.match(stdout, /^nano +all cores +1 +\d/m)
      assert.match(stdout, /^nano +all cores +2 +failed/m)
      assert.match(stderr, /batch 2: ENGINE_INFERENCE: a batch of 2 images did not run/)
      assert.match(stdout, /^Batch: at most 1;/m)
    })
  })

  it('says before it measures that its figures could not be written', async () => {
    await inNewFolder(async (cwd) => {
      for (const place of ['nowhere/speed.json', '.']) {
        const { status, stderr } = await anomalyclip(['bench', ...FAST, '--json', place], { cwd })
        assert.equal(status, 1)
        assert.match(stderr, /^anomalyclip: CLI_OUTPUT: /)
      }
    })
  })

  it('refuses what nobody can mean before anything is measured', async () => {
    await inNewFolder(async (cwd) => {
      for (const [args, complaint] of [
        [['--batches', '0'], /CLI_USAGE.*--batches/],
        [['--load', '3'], /CLI_USAGE.*--load/],
        [['--load', '0.5'], /CLI_USAGE.*--cameras/],
        [['--images', SAMPLES, '--dataset', 'folder'], /CLI_USAGE.*--images and --dataset/],
      ] as const) {
        const { status, stderr } = await anomalyclip(['bench', ...args], { cwd })
        assert.equal(status, 2, stderr)
        assert.match(stderr, complaint)
      }
      const missing = await anomalyclip(['bench', '--images', 'nowhere'], { cwd })
      assert.equal(missing.status, 1)
      assert.match(missing.stderr, /CLI_FILE_UNREADABLE/)
      const noModel = await anomalyclip(['bench', './nowhere'], { cwd })
      assert.equal(noModel.status, 1)
      assert.match(noModel.stderr, /MODEL_MISSING/)
    })
  })

  it('ends with Ctrl-C, and leaves no file behind', async () => {
    await inNewFolder(async (cwd) => {
      const { process, outcome } = startAnomalyclip(['bench', '--seconds', '60', '--json', 'speed.json'], {
        cwd,
      })
      let isStopped = false
      process.stderr.on('data', (chunk: string) => {
        // A second Ctrl-C would end it where it stands.
        if (isStopped || !chunk.includes('measuring')) return
        isStopped = true
        process.kill('SIGINT')
      })
      const { status, stderr } = await outcome
      assert.equal(status, 130, stderr)
      assert.match(stderr, /interrupted/)
      assert.deepEqual(await readdir(cwd), [])
    })
  })
})
