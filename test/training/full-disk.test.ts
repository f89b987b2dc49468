import assert from 'node:assert/strict'
import { statfsSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openWeights } from '../../models/weights/index.ts'
import { type TrainingProgress, type TrainOptions, train } from '../../training/index.ts'
import { goldenFolder } from '../support/golden.ts'
import { smallDisk } from '../support/store.ts'
import { drawnImages } from '../support/training-images.ts'

const SIDE = 64
const DISK_BYTES = 24 * 2 ** 20
/** A tmpfs gives room in pages. */
const PAGE = 4096

const optionsFor = (output: string): TrainOptions => ({
  method: 'anomalyclip',
  clip: join(goldenFolder('tiny-b'), 'clip.safetensors'),
  images: drawnImages(8, SIDE),
  output,
  imageSize: SIDE,
  dpamLayers: 4,
  features: [6],
  context: 4,
  depth: 3,
  deepTokens: 2,
  batch: 4,
  epochs: 2,
})

interface Case {
  readonly what: string
  /** The disk is full from the event of this number on. */
  readonly from: TrainingProgress['kind']
  readonly count?: number
  /** In a run that goes on with a whole training: the text tower, which lies on the disk as long as epochs are learnt, leaves room behind. */
  readonly isWhole?: boolean
  /** Room that is left. @param checkpoint bytes of one */
  readonly left?: (checkpoint: number) => number
  readonly message: RegExp
}

const CASES: readonly Case[] = [
  {
    what: 'features of an image',
    from: 'features',
    count: 4,
    message: /[0-9a-f]{64}\.features could not be/,
  },
  { what: 'the text tower', from: 'start', message: /the text tower in .* could not be written/ },
  { what: 'a checkpoint', from: 'epoch', message: /epoch_2\.pth could not be written/ },
  { what: 'the state', from: 'epoch', left: (bytes) => bytes, message: /training\.state could not be/ },
  { what: 'the losses', from: 'start', isWhole: true, message: /losses\.csv could not be written/ },
  {
    what: 'the result',
    from: 'start',
    isWhole: true,
    left: (bytes) => bytes / 2,
    message: /prompts\.pth could not be written/,
  },
]

describe('a training on a disk that becomes full', () => {
  let folder: string
  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'anomalyclip-full-'))
    const disk = await smallDisk(DISK_BYTES)
    if (disk === null) {
      console.warn('      skipped: this user may not mount a tmpfs, so no disk can be filled')
      this.skip()
    }
    await disk.remove()
    await train(optionsFor(join(folder, 'never-full')))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const { what, from, count = 1, isWhole = false, left = () => 0, message } of CASES)
    it(`without room for ${what} says so, leaves whole files alone, and goes on when there is room`, async () => {
      const disk = (await smallDisk(DISK_BYTES))!
      try {
        const neverFull = join(folder, 'never-full')
        const checkpoint = PAGE * Math.ceil((await stat(join(neverFull, 'prompts.pth'))).size / PAGE)
        const ballast = join(disk.path, 'ballast')
        const fill = () => {
          const { bavail, bsize } = statfsSync(disk.path)
          writeFileSync(ballast, Buffer.alloc(bavail * bsize - left(checkpoint)))
        }
        const output = join(disk.path, 'out')
        const options = optionsFor(output)
        if (isWhole) await train(options)
        let seen = 0
        const onProgress = ({ kind }: TrainingProgress) => {
          if (kind === from && ++seen === count) fill()
        }
        await assert.rejects(train({ ...options, resume: isWhole, onProgress }), {
          code: 'TRAINING_OUTPUT',
          message,
        })
        const names = await readdir(output, { recursive: true })
        assert.deepEqual(
          names.filter((name) => /\.part$|\.graph-/.test(name)),
          [],
        )
        for (const name of names.filter((name) => name.endsWith('.pth')))
          await (await openWeights(join(output, name))).close()
        await rm(ballast)
        await train({ ...options, resume: true })
        for (const file of ['prompts.pth', 'losses.csv', 'training.state'])
          assert.deepEqual(await readFile(join(output, file)), await readFile(join(neverFull, file)))
      } finally {
        await disk.remove()
      }
    })
})
