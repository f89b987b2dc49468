import assert from 'node:assert/strict'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import { interruptionOf, layoutOf, pauseRun } from '../../retraining/index.ts'
import { type RetrainOptions, retrain } from '../../retraining/retrain.ts'
import type { RunStep } from '../../retraining/step.ts'
import { root } from '../../tools/tree.ts'

const NANO = join(root, 'dist/built/nano')

/** Needs a finished build; the steps are played, test/flows/train-on-the-line.test.ts runs them. */
describe('a training on the images of a line', () => {
  let folder: string
  let layout: ReturnType<typeof layoutOf>
  /** What was run. */
  let steps: (readonly string[])[]
  /** What each step does, by the command's name, before it fails for good. */
  let play: Record<string, () => Promise<void> | void>

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'retrain-'))
    layout = layoutOf(join(folder, 'line'))
    steps = []
    play = {
      build: async () => {
        for (const place of [layout.trained, layout.candidate]) await mkdir(place, { recursive: true })
        await writeFile(join(layout.trained, 'prompts.pth'), 'learnt')
      },
    }
    for (const kind of ['good', 'bad']) {
      for (const place of ['images', 'held-out'])
        await mkdir(join(layout.folder, place, kind), { recursive: true })
      for (let i = 0; i < 5; i++) await writeFile(join(layout.images, kind, `${i}.png`), '')
      await writeFile(join(layout.heldOut, kind, 'a.png'), '')
    }
    await mkdir(join(layout.images, 'masks'))
    await writeFile(join(layout.images, 'masks', '3.png'), '')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const run: RunStep = async (args) => {
    steps.push(args)
    await play[args[0]!]?.()
    if (args[0] === 'evaluate') throw codedError('EVALUATION_OUTPUT', 'played')
    return { problems: [] }
  }
  const train = (changes: Partial<RetrainOptions> = {}) =>
    retrain(
      {
        ...{ layout, name: 'line', chosen: NANO, present: NANO, modelsFolder: join(folder, 'models') },
        ...{ weights: { clip: '/clip', prompts: '/prompts' }, epochs: 3, least: { good: 5, bad: 5 } },
        ...{ isAsked: true, signal: new AbortController().signal, onProgress: () => {} },
        ...changes,
      },
      run,
    )
  /** With steps that end before there is anything to compare. */
  const trainOnce = (changes: Partial<RetrainOptions> = {}) =>
    assert.rejects(train(changes), { code: 'EVALUATION_OUTPUT' })
  const isThere = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    )

  it('learns from a list of the images, with the settings of the chosen model and from its prompts', async () => {
    await trainOnce()
    const [learn, build, compare] = steps.map((args) => args.join(' '))
    assert.match(
      learn!,
      /--clip \/clip --init \/prompts --image-size 224 --dpam-layers 2 --features 6 --activation/,
    )
    assert.match(learn!, /--epochs 3 .* --resume$/)
    assert.match(build!, /--image-size 224 .*--sigma 6 --attention fused --name line-1 --output .*candidate$/)
    assert.match(compare!, /--dataset csv .*held-out\.csv --model .*nano .*candidate .*--resume --prune$/)
    const list = await readFile(layout.trainingList, 'utf8')
    assert.match(list, /^image,label,mask,category\nimages\/good\/0\.png,good,,line\n/)
    assert.match(list, /^images\/bad\/3\.png,bad,images\/masks\/3\.png,line$/m)
    assert.doesNotMatch(list, /held-out/)
    assert.equal(
      await readFile(layout.heldOutList, 'utf8'),
      'image,label,mask,category\nheld-out/good/a.png,good,,line\nheld-out/bad/a.png,bad,,line\n',
    )
  })

  it('keeps the prompts with the new model, and begins with none that it would clear away', async () => {
    await trainOnce()
    assert.equal(await readFile(join(layout.candidate, 'prompts.pth'), 'utf8'), 'learnt')
    const weights = { clip: '/clip', prompts: join(layout.trained, 'prompts.pth') }
    await assert.rejects(train({ weights }), { code: 'RETRAINING_MODEL' })
    assert.equal(await readFile(weights.prompts, 'utf8'), 'learnt')
  })

  it('says before it learns how many images it takes for the comparison to tell', async () => {
    const said: string[] = []
    const onProgress = ({ text }: { readonly text: string }) => {
      assert.equal(steps.length, 0)
      said.push(text)
    }
    await trainOnce({ onProgress })
    assert.match(said.join(), /^the comparison will be undecided: 1 good and 1 bad .* 5 of each .* 25 /)
    for (const kind of ['good', 'bad'])
      for (const name of 'bcde') await writeFile(join(layout.heldOut, kind, `${name}.png`), '')
    steps = []
    said.length = 0
    await trainOnce({ onProgress })
    assert.deepEqual(said, [])
  })

  it('is refused with too few images to learn from, or to compare on', async () => {
    await assert.rejects(train({ least: { good: 6, bad: 5 } }), { code: 'RETRAINING_IMAGES' })
    await rm(join(layout.heldOut, 'bad', 'a.png'))
    await assert.rejects(train(), { code: 'RETRAINING_IMAGES' })
    assert.deepEqual(steps, [])
  })

  it('goes on with what an earlier one has learnt only from the same images and settings', async () => {
    const left = join(layout.trained, 'training.state')
    play.train = async () => {
      await mkdir(layout.trained, { recursive: true })
      await writeFile(left, '')
    }
    await trainOnce()
    const found: boolean[] = []
    play.train = async () => void found.push(await isThere(left))
    await trainOnce()
    await trainOnce({ epochs: 4 })
    assert.deepEqual(found, [true, false])
  })

  it('begins anew where an earlier one cannot go on', async () => {
    play.train = () => {
      if (steps.length === 1) throw codedError('TRAINING_RESUME', 'the images are others')
    }
    await trainOnce()
    assert.deepEqual(
      steps.map(([name]) => name),
      ['train', 'train', 'build', 'evaluate'],
    )
  })

  it('keeps the images that it began with where Node-RED has interrupted it', async () => {
    const controller = new AbortController()
    play.train = () => {
      controller.abort(new Error('Node-RED ends'))
      throw controller.signal.reason
    }
    await assert.rejects(train({ signal: controller.signal }), /Node-RED ends/)
    assert.equal(await interruptionOf(layout), 'go on')
    const list = await readFile(layout.trainingList, 'utf8')
    await writeFile(join(layout.images, 'good', 'late.png'), '')
    play.train = () => {}
    await trainOnce({ isAsked: false })
    assert.equal(await readFile(layout.trainingList, 'utf8'), list)
    assert.equal(await interruptionOf(layout), 'none', 'it has failed, and waits for somebody to look')
    await trainOnce()
    assert.match(await readFile(layout.trainingList, 'utf8'), /late\.png/)
  })

  it('does not go on by itself for ever where the box goes down under it', async () => {
    const interrupted = async (isAsked: boolean) => {
      const controller = new AbortController()
      play.train = () => {
        controller.abort(new Error('down'))
        throw controller.signal.reason
      }
      await assert.rejects(train({ isAsked, signal: controller.signal }), /down/)
      return interruptionOf(layout)
    }
    assert.deepEqual(
      [await interrupted(true), await interrupted(false), await interrupted(false), await interrupted(false)],
      ['go on', 'go on', 'go on', 'wait'],
    )
    await pauseRun(layout)
    assert.equal(await interruptionOf(layout), 'go on', 'a deploy is no end that nobody meant')
  })

  it('fails with a build that fails, withdraws the earlier offer only for a new model, and clears what a killed build left', async () => {
    await writeFile(layout.offer, '{}')
    play.train = () => {
      throw codedError('TRAINING_LOSS', 'no number')
    }
    await assert.rejects(train(), { code: 'TRAINING_LOSS' })
    assert.equal(await isThere(layout.offer), true)
    const left = join(layout.folder, '.candidate.building-7')
    await mkdir(left)
    play = {
      build: () => {
        throw codedError('MODEL_OUTPUT', 'no room')
      },
    }
    await assert.rejects(train(), { code: 'MODEL_OUTPUT' })
    assert.deepEqual([await isThere(layout.offer), await isThere(left)], [false, false])
  })

  it('is refused for a model of another method', async () => {
    const other = join(folder, 'other')
    await mkdir(other)
    const manifest = JSON.parse(await readFile(join(NANO, 'model.json'), 'utf8'))
    await writeFile(join(other, 'model.json'), JSON.stringify({ ...manifest, method: 'winclip' }))
    await assert.rejects(train({ chosen: other }), { code: 'RETRAINING_MODEL' })
  })
})
