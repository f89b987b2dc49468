import assert from 'node:assert/strict'
import type { ClipDimensions } from '../../../models/clip/dimensions.ts'
import { clipDimensions } from '../../../models/clip/dimensions.ts'
import { anomalyClip } from '../../../models/methods/anomalyclip.ts'
import { readPrompts } from '../../../models/methods/learnt-prompts.ts'
import { openWeights } from '../../../models/weights/index.ts'
import { goldenFolder } from '../../support/golden.ts'
import { safetensors, scratchFolder } from '../weights/craft.ts'

const WIDTH = 64

const dimensions: ClipDimensions = {
  vision: { width: 64, layers: 1, patch: 8, grid: 2 },
  text: { width: WIDTH, layers: 4, context: 77 },
  embed: 32,
}

type Shapes = Record<string, readonly number[]>

const WHOLE: Shapes = {
  ctx_pos: [1, 1, 12, WIDTH],
  ctx_neg: [1, 1, 12, WIDTH],
  'compound_prompts_text.0': [4, WIDTH],
  'compound_prompts_text.1': [4, WIDTH],
}

describe('reading learnt prompts', () => {
  const write = scratchFolder()

  /** Prompts of the given shapes, all zero. */
  const promptsOf = async (shapes: Shapes) => {
    let at = 0
    const header = Object.entries(shapes).map(([name, shape]) => {
      const begin = at
      at += 4 * shape.reduce((product, size) => product * size, 1)
      return [`prompt_learner.${name}`, { dtype: 'F32', shape, data_offsets: [begin, at] }]
    })
    return openWeights(
      write('prompts.safetensors', safetensors(Object.fromEntries(header), new Uint8Array(at))),
    )
  }
  const read = async (shapes: Shapes) => {
    const file = await promptsOf(shapes)
    try {
      return await readPrompts(file, dimensions)
    } finally {
      await file.close()
    }
  }

  it('takes both contexts and every deep prompt', async () => {
    const { normal, deep } = await read(WHOLE)
    assert.deepEqual([normal.shape[0], deep.map(({ shape }) => shape[0])], [12, [4, 4]])
  })

  it('refuses deep prompts of which one is missing, naming it', async () => {
    const { 'compound_prompts_text.0': _, ...rest } = WHOLE
    await assert.rejects(read(rest), {
      code: 'WEIGHTS_TENSOR_MISSING',
      message: /no tensor prompt_learner\.compound_prompts_text\.0 /,
    })
  })

  const wrong: [string, Shapes][] = [
    ['a context for each of two classes', { ctx_pos: [2, 1, 12, WIDTH] }],
    ['a context of several prompts', { ctx_pos: [1, 2, 12, WIDTH] }],
    ['an empty context', { ctx_pos: [1, 1, 0, WIDTH], ctx_neg: [1, 1, 0, WIDTH] }],
    ['a context of another width', { ctx_neg: [1, 1, 12, WIDTH / 2] }],
    ['contexts of two lengths', { ctx_neg: [1, 1, 8, WIDTH] }],
    ['deep prompts of another width', { 'compound_prompts_text.1': [4, WIDTH / 2] }],
  ]
  for (const [what, shapes] of wrong)
    it(`refuses ${what}`, () =>
      assert.rejects(read({ ...WHOLE, ...shapes }), { code: 'WEIGHTS_TENSOR_SHAPE' }))

  it('refuses deep prompts that would replace a whole prompt', async () => {
    const clip = await openWeights(`${goldenFolder('tiny-b')}/clip.safetensors`)
    try {
      const real = clipDimensions(clip)
      const { width } = real.text
      const prompts = await promptsOf({
        ctx_pos: [1, 1, 2, width],
        ctx_neg: [1, 1, 2, width],
        // Start, 2 tokens of context, "damaged", "object", ".", end: 6 positions behind the start.
        'compound_prompts_text.0': [6, width],
      })
      const files = { clip, dimensions: real, prompts, linear: null, activation: 'quickgelu' } as const
      await assert.rejects(anomalyClip.textFeatures(files, ''), { code: 'WEIGHTS_TENSOR_SHAPE' })
      await prompts.close()
    } finally {
      await clip.close()
    }
  })
})
