import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clipDimensions } from '../../../models/clip/dimensions.ts'
import { openWeights, type WeightsFile, writeTorch } from '../../../models/weights/index.ts'
import { coopLearning } from '../../../training/methods/coop.ts'
import type { LearningFiles } from '../../../training/methods/learning.ts'
import { goldenFolder } from '../../support/golden.ts'
import { needPyTorch, python } from '../../support/pytorch.ts'

describe('what is learnt for CoOp', () => {
  const published = join(goldenFolder('coop'), 'on-tiny-a', 'context.pth')
  let files: LearningFiles & { readonly init: WeightsFile }
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anomalyclip-learning-'))
    const clip = await openWeights(join(goldenFolder('tiny-a'), 'clip.safetensors'))
    files = { clip, dimensions: clipDimensions(clip), init: await openWeights(published) }
  })
  after(async () => {
    await Promise.all([files.clip.close(), files.init.close()])
    await rm(folder, { recursive: true, force: true })
  })

  const writeBegun = async (): Promise<string> => {
    const learning = await coopLearning(files, {})
    const file = join(folder, 'begun.pth')
    // The published file is of one class.
    const facts = { epoch: 50, classNames: ['bottle'] }
    await writeTorch(file, await learning.checkpoint(await learning.start(1), facts))
    return file
  }

  it('begun with a published context, a checkpoint is the published file again, tensor by tensor', async () => {
    const written = await openWeights(await writeBegun())
    assert.deepEqual(written.names(), files.init.names())
    for (const tensor of written.names()) {
      assert.deepEqual(written.info(tensor), files.init.info(tensor))
      assert.deepEqual(await written.read(tensor), await files.init.read(tensor), tensor)
    }
    await written.close()
  })

  it('PyTorch loads it, with its epoch', async function () {
    needPyTorch(this)
    const compare = `
import sys, torch
a, b = (torch.load(f) for f in sys.argv[1:])
assert list(a) == list(b) and a['epoch'] == b['epoch'] == 50, a
a, b = a['state_dict'], b['state_dict']
assert list(a) == list(b)
for k in a: assert torch.equal(a[k], b[k]), k`
    await python(compare, await writeBegun(), published)
  })

  it('has the sizes of the context to begin with, and no others than a context', async () => {
    const { sizes } = await coopLearning(files, {})
    assert.deepEqual(sizes, { context: 16, depth: 1, deepTokens: 0 })
    const random = await coopLearning({ ...files, init: null }, { context: 4 })
    assert.equal((await random.start(1)).get('ctx')!.length, 4 * files.dimensions.text.width)
    for (const chosen of [{ context: 4 }, { depth: 2 }, { deepTokens: 1 }])
      await assert.rejects(coopLearning(files, chosen), { code: 'TRAINING_OPTIONS' })
    await assert.rejects(coopLearning({ ...files, init: null }, { context: 75 }), {
      code: 'TRAINING_OPTIONS',
    })
  })
})
