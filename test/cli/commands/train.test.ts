import assert from 'node:assert/strict'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readManifest } from '../../../models/open.ts'
import { openWeights } from '../../../models/weights/index.ts'
import { goldenFolder } from '../../support/golden.ts'
import { drawFolder } from '../../support/training-images.ts'
import { anomalyclip, inNewFolder, lines, startAnomalyclip } from '../anomalyclip.ts'

const CLIP = join(goldenFolder('tiny-b'), 'clip.safetensors')
const TOWERS = ['--image-size', '64', '--dpam-layers', '4', '--features', '4,6']
const COMMON = ['train', '--clip', CLIP, '--dataset', 'folder', '--root', 'parts', '--cache', 'cache']
const ANOMALYCLIP = [...COMMON, '--method', 'anomalyclip', ...TOWERS, '--depth', '4']

describe('anomalyclip train', () => {
  it('learns prompts that build makes a model of, and tells its progress in a line an epoch', () =>
    inNewFolder(async (cwd) => {
      await drawFolder(join(cwd, 'parts'), 12, 80)
      const args = [...ANOMALYCLIP, '--epochs', '2', '--validation', '0.2', '--output', 'made/out']
      const { status, stdout, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 0, stderr)
      const prompts = join(cwd, 'made', 'out', 'prompts.pth')
      assert.equal(stdout, `learnt ${prompts} (epoch 2 of 2)\n`)
      assert.match(stderr, /^features of images {2}100 %/m)
      assert.match(stderr, /^training on 10 images, 2 kept for the validation; loss of images and maps$/m)
      assert.match(
        stderr,
        /^epoch 2 of 2 {2}100 % {2}loss \d+\.\d{4} \(images \d.*, maps \d.*\) {2}validation: loss \d/m,
      )
      assert.match(await readFile(join(cwd, 'made/out/losses.csv'), 'utf8'), /^epoch,images,maps,total,/)
      const built = await anomalyclip(
        [
          'build',
          '--method',
          'anomalyclip',
          '--clip',
          CLIP,
          '--prompts',
          prompts,
          ...TOWERS,
          '--output',
          'm',
        ],
        { cwd },
      )
      assert.equal(built.status, 0, built.stderr)
      const detected = await anomalyclip(
        ['detect', '--model', './m', join(cwd, 'parts', 'bad', '001.png'), '--json'],
        { cwd },
      )
      assert.equal(detected.status, 0, detected.stderr)
      assert.equal((await readManifest(join(cwd, 'm'))).method, 'anomalyclip')
    }))

  it('killed in the middle, goes on with --resume to the very bytes of a run that was not', () =>
    inNewFolder(async (cwd) => {
      await drawFolder(join(cwd, 'parts'), 12, 80)
      const args = [...ANOMALYCLIP, '--epochs', '25', '--batch', '2']
      const whole = await anomalyclip([...args, '--output', 'whole'], { cwd })
      assert.equal(whole.status, 0, whole.stderr)
      const { process: child, outcome } = startAnomalyclip([...args, '--output', 'killed'], { cwd })
      child.stderr.on('data', (text: string) => text.includes('epoch 2 of 25') && child.kill('SIGKILL'))
      assert.equal((await outcome).status, null)
      const done = (await readdir(join(cwd, 'killed', 'checkpoints'))).length
      assert.ok(done >= 2 && done < 25, `${done} epochs`)

      const refused = await anomalyclip([...args, '--output', 'killed'], { cwd })
      assert.equal(refused.status, 1)
      assert.match(lines(refused.stderr).at(-1)!, /^anomalyclip: TRAINING_EXISTS: .*--resume/)
      const other = await anomalyclip([...args, '--seed', '5', '--output', 'killed', '--resume'], { cwd })
      assert.equal(other.status, 1)
      assert.match(lines(other.stderr).at(-1)!, /TRAINING_RESUME: .*the seed was 111 and is now 5/)

      const resumed = await anomalyclip([...args, '--output', 'killed', '--resume'], { cwd })
      assert.equal(resumed.status, 0, resumed.stderr)
      assert.match(resumed.stderr, /after \d+ epochs of an earlier run/)
      for (const file of [
        'prompts.pth',
        'losses.csv',
        'losses.svg',
        'checkpoints/epoch_25.pth',
        'training.state',
      ])
        assert.deepEqual(
          await readFile(join(cwd, 'killed', file)),
          await readFile(join(cwd, 'whole', file)),
          file,
        )
      assert.deepEqual(
        (await readdir(join(cwd, 'killed'))).toSorted(),
        (await readdir(join(cwd, 'whole'))).toSorted(),
      )
    }))

  it('has its output folder for itself until it ends, be it by a kill; another one goes on then', () =>
    inNewFolder(async (cwd) => {
      await drawFolder(join(cwd, 'parts'), 8, 64)
      const args = [...ANOMALYCLIP, '--batch', '2', '--output', 'out', '--resume']
      const first = startAnomalyclip([...args, '--epochs', '500'], { cwd })
      const isUnderWay = new Promise<void>((resolve) => {
        first.process.stderr.on('data', (text: string) => text.includes('epoch 1 of 500') && resolve())
      })
      try {
        await Promise.race([isUnderWay, first.outcome])
        const second = await anomalyclip([...args, '--epochs', '500'], { cwd })
        assert.equal(second.status, 1)
        assert.match(lines(second.stderr).at(-1)!, /TRAINING_BUSY: .*out: wait .* another --output/)
        assert.equal(first.process.exitCode, null)
      } finally {
        first.process.kill('SIGKILL')
        await first.outcome
      }
      const done = (await readdir(join(cwd, 'out', 'checkpoints'))).filter((name) =>
        /^epoch/.test(name),
      ).length
      const third = await anomalyclip([...args, '--epochs', String(done + 1)], { cwd })
      assert.equal(third.status, 0, third.stderr)
    }))

  it('shares its features with a training that runs at the same time', () =>
    inNewFolder(async (cwd) => {
      await drawFolder(join(cwd, 'parts'), 12, 64)
      const outcomes = await Promise.all(
        ['one', 'two', 'three'].map((output) =>
          anomalyclip([...ANOMALYCLIP, '--epochs', '2', '--output', output], { cwd }),
        ),
      )
      for (const { status, stderr } of outcomes) assert.equal(status, 0, stderr)
      const [one, ...others] = await Promise.all(
        ['one', 'two', 'three'].map((output) => readFile(join(cwd, output, 'prompts.pth'))),
      )
      for (const other of others) assert.deepEqual(other, one)
      const names = await readdir(join(cwd, 'cache'))
      assert.equal(names.length, 12, String(names))
    }))

  it('refuses a device that cannot be used before it reads an image', () =>
    inNewFolder(async (cwd) => {
      await drawFolder(join(cwd, 'parts'), 4, 64)
      const { status, stderr } = await anomalyclip([...ANOMALYCLIP, '--device', 'cuda', '--output', 'out'], {
        cwd,
      })
      assert.equal(status, 1)
      assert.match(lines(stderr).at(-1)!, /ENGINE_DEVICE: .*"cuda"/)
      assert.doesNotMatch(stderr, /features of images/)
      assert.deepEqual((await readdir(join(cwd, 'out'), { recursive: true })).toSorted(), [
        '.lock',
        'checkpoints',
      ])
    }))

  it('ends soon after Ctrl-C, says how to go on, and has kept what was done', () =>
    inNewFolder(async (cwd) => {
      await drawFolder(join(cwd, 'parts'), 12, 80)
      const args = [...ANOMALYCLIP, '--epochs', '500', '--output', 'out']
      const { process: child, outcome } = startAnomalyclip(args, { cwd })
      let interruptedAt = 0
      child.stderr.on('data', (text: string) => {
        if (interruptedAt > 0 || !text.includes('epoch 2 of 500')) return
        interruptedAt = performance.now()
        child.kill('SIGINT')
      })
      const { status, stderr } = await outcome
      assert.equal(status, 130)
      assert.ok(performance.now() - interruptedAt < 5000)
      assert.match(stderr, /what is done is kept in .*out: go on with --resume\nanomalyclip: interrupted\n$/)
      const left = await readdir(join(cwd, 'out'))
      assert.ok(
        left.includes('training.state') && !left.some((name) => /^\.(?!lock$)/.test(name)),
        String(left),
      )
      await (await openWeights(join(cwd, 'out', 'checkpoints', 'epoch_2.pth'))).close()
    }))

  it('names images that cannot be read, learns from the others, and ends with 1', () =>
    inNewFolder(async (cwd) => {
      await drawFolder(join(cwd, 'parts'), 6, 64)
      await writeFile(join(cwd, 'parts', 'good', '900.png'), 'no image')
      await copyFile(join(cwd, 'parts', 'bad', '001.png'), join(cwd, 'parts', 'bad', '901.png'))
      const { status, stdout, stderr } = await anomalyclip(
        [...ANOMALYCLIP, '--epochs', '1', '--output', 'out'],
        { cwd },
      )
      assert.equal(status, 1)
      assert.match(stdout, /^learnt .*prompts\.pth \(epoch 1 of 1\)$/m)
      assert.match(stderr, /DATASET_FILE_MISSING: .*901\.\* is missing/)
      assert.match(stderr, /good\/900\.png: IMAGE_FORMAT/)
      assert.match(stderr, /training on 7 images/)
      assert.match(stderr, /2 problems, named above/)
    }))

  it('learns CoOp’s context in front of a class name of one’s own', () =>
    inNewFolder(async (cwd) => {
      await drawFolder(join(cwd, 'parts'), 6, 64)
      const args = [...COMMON, '--method', 'coop', '--class', 'metal_nut', '--image-size', '64']
      const { status, stderr } = await anomalyclip([...args, '--epochs', '1', '--output', 'out'], { cwd })
      assert.equal(status, 0, stderr)
      assert.match(stderr, /loss of images alone/)
      const built = await anomalyclip(
        [
          ...['build', '--method', 'coop', '--clip', CLIP, '--prompts', 'out/prompts.pth'],
          ...['--image-size', '64', '--class', 'metal nut', '--output', 'm'],
        ],
        { cwd },
      )
      assert.equal(built.status, 0, built.stderr)
    }))

  for (const [situation, args, hint] of [
    ['no method', COMMON, /needs --method/],
    ['no output', ANOMALYCLIP, /needs --output/],
    ['no data set', ['train', '--method', 'coop', '--clip', CLIP, '--output', 'o'], /--dataset is missing/],
    [
      'a depth for coop',
      [...COMMON, '--method', 'coop', '--depth', '2', '--output', 'o'],
      /--depth has no meaning/,
    ],
    [
      'a class for anomalyclip',
      [...ANOMALYCLIP, '--class', 'nut', '--output', 'o'],
      /--class has no meaning/,
    ],
    ['patience alone', [...ANOMALYCLIP, '--patience', '2', '--output', 'o'], /--patience needs --validation/],
  ] as const)
    it(`${situation} is not understood: exit status 2 and nothing is made`, () =>
      inNewFolder(async (cwd) => {
        const { status, stderr } = await anomalyclip(args, { cwd })
        assert.equal(status, 2)
        assert.match(stderr, hint)
        assert.equal(lines(stderr).length, 1)
        assert.deepEqual(await readdir(cwd), [])
      }))

  it('a text tower with too few layers and a place that cannot be written are one coded line each', () =>
    inNewFolder(async (cwd) => {
      await drawFolder(join(cwd, 'parts'), 4, 64)
      await mkdir(join(cwd, 'place'))
      await writeFile(join(cwd, 'place', 'file'), '')
      for (const [more, hint] of [
        [['--depth', '9', '--output', 'out'], /TRAINING_OPTIONS: .*has 6 layers.*choose 6 or less/],
        [['--output', 'place/file'], /CLI_OUTPUT: .*place\/file/],
      ] as const) {
        const { status, stderr } = await anomalyclip([...ANOMALYCLIP, ...more], { cwd })
        assert.equal(status, 1)
        assert.match(lines(stderr).at(-1)!, hint)
      }
    }))
})
