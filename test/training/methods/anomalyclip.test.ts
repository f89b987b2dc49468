import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClipDimensions, clipDimensions } from '../../../models/clip/dimensions.ts'
import { openWeights, type WeightsFile, writeTorch } from '../../../models/weights/index.ts'
import { anomalyClipLearning } from '../../../training/methods/anomalyclip.ts'
import { goldenFolder } from '../../support/golden.ts'
import { needPyTorch, python } from '../../support/pytorch.ts'

const NO_FACTS = { epoch: 1, classNames: [] }

for (const name of ['tiny-a', 'tiny-b'])
  describe(`what is learnt for AnomalyCLIP on ${name}`, () => {
    let clip: WeightsFile
    let published: WeightsFile
    let dimensions: ClipDimensions
    let folder: string
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'anomalyclip-learning-'))
      clip = await openWeights(join(goldenFolder(name), 'clip.safetensors'))
      published = await openWeights(join(goldenFolder(name), 'prompts.pth'))
      dimensions = clipDimensions(clip)
    })
    after(async () => {
      await Promise.all([clip.close(), published.close()])
      await rm(folder, { recursive: true, force: true })
    })

    const writeBegun = async (): Promise<string> => {
      const learning = await anomalyClipLearning({ clip, dimensions, init: published }, {})
      const file = join(folder, 'begun.pth')
      await writeTorch(file, await learning.checkpoint(await learning.start(1), NO_FACTS))
      return file
    }

    it('begun with published prompts, a checkpoint is the published file again, tensor by tensor', async () => {
      const written = await openWeights(await writeBegun())
      try {
        assert.deepEqual(written.names(), published.names())
        for (const tensor of published.names()) {
          assert.deepEqual(written.info(tensor), published.info(tensor), tensor)
          assert.deepEqual(await written.read(tensor), await published.read(tensor), tensor)
        }
      } finally {
        await written.close()
      }
    })

    if (name === 'tiny-a')
      it('PyTorch loads it as it loads the published file: the same types, keys and tensors', async function () {
        needPyTorch(this)
        const compare = `
import sys, torch
a, b = (torch.load(f) for f in sys.argv[1:])
assert list(a) == list(b) == ['prompt_learner']
a, b = a['prompt_learner'], b['prompt_learner']
assert type(a) is type(b) and list(a) == list(b), (type(a), list(a))
for k in a: assert a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]), k
print(len(a))`
        const count = await python(compare, await writeBegun(), join(goldenFolder(name), 'prompts.pth'))
        assert.equal(Number(count), published.names().length)
      })

    it('begun with none, it is random by the seed and has the published keys and shapes', async () => {
      const { sizes } = await anomalyClipLearning({ clip, dimensions, init: published }, {})
      const learning = await anomalyClipLearning({ clip, dimensions, init: null }, sizes)
      const [one, again, other] = [await learning.start(1), await learning.start(1), await learning.start(2)]
      assert.deepEqual(one, again)
      assert.notDeepEqual(one, other)
      assert.notDeepEqual(one.get('ctx_pos'), one.get('ctx_neg'))
      const file = join(folder, 'random.pth')
      await writeTorch(file, await learning.checkpoint(one, NO_FACTS))
      const written = await openWeights(file)
      assert.deepEqual(written.names(), published.names())
      for (const tensor of published.names()) assert.deepEqual(written.info(tensor), published.info(tensor))
      await written.close()
    })
  })

describe('sizes of what is learnt for AnomalyCLIP', () => {
  let clip: WeightsFile
  let init: WeightsFile
  before(async () => {
    clip = await openWeights(join(goldenFolder('tiny-b'), 'clip.safetensors'))
    init = await openWeights(join(goldenFolder('tiny-b'), 'prompts.pth'))
  })
  after(() => Promise.all([clip.close(), init.close()]))

  it('are those of the prompts to begin with, and of no other choice', async () => {
    const files = { clip, dimensions: clipDimensions(clip), init }
    const { sizes } = await anomalyClipLearning(files, { context: 8, depth: 4 })
    assert.deepEqual(sizes, { context: 8, deepTokens: 2, depth: 4 })
    for (const chosen of [{ context: 12 }, { depth: 3 }, { deepTokens: 4 }])
      await assert.rejects(anomalyClipLearning(files, chosen), { code: 'TRAINING_OPTIONS' })
  })

  it('have to fit the text tower, whose layers an error names', async () => {
    const files = { clip, dimensions: clipDimensions(clip), init: null }
    await assert.rejects(anomalyClipLearning(files, {}), {
      code: 'TRAINING_OPTIONS',
      message: /has 6 layers, and the depth is 9: choose 6 or less/,
    })
    await anomalyClipLearning(files, { depth: 6, context: 72 })
    for (const chosen of [{ depth: 0 }, { depth: 6, context: 73 }, { depth: 6, context: 2, deepTokens: 6 }])
      await assert.rejects(anomalyClipLearning(files, chosen), { code: 'TRAINING_OPTIONS' })
    const flat = await anomalyClipLearning(files, { depth: 1 })
    assert.deepEqual([...flat.shapes.keys()], ['ctx_pos', 'ctx_neg'])
  })
})
