import { codedError } from '../../errors/index.ts'
import type { ClipDimensions } from '../clip/dimensions.ts'
import type { WeightsFile } from '../weights/index.ts'

/** Vectors in the place of tokens: [tokens, width]. */
export interface LearntTokens {
  readonly shape: readonly [tokens: number, width: number]
  readonly data: Float32Array
}

/** Learnt prompts: two contexts and, for text layers 2, 3, …, the tokens put in there. */
export interface LearntPrompts {
  readonly normal: LearntTokens
  readonly abnormal: LearntTokens
  readonly deep: readonly LearntTokens[]
}

const wrongPrompts = (file: WeightsFile, name: string, expected: string) =>
  codedError(
    'WEIGHTS_TENSOR_SHAPE',
    `tensor "${name}" of ${file.file} is [${file.info(name).shape.join(', ')}]; expected ${expected}. ` +
      'These prompts were learnt for another CLIP: take the weights that they belong to.',
  )

const DEEP_PROMPT = /^prompt_learner\.compound_prompts_text\.\d+$/

/**
 * Reads learnt prompts in the published layout.
 * @throws WEIGHTS_TENSOR_MISSING, WEIGHTS_TENSOR_SHAPE where they do not belong to this CLIP
 */
export const readPrompts = async (file: WeightsFile, { text }: ClipDimensions): Promise<LearntPrompts> => {
  const context = async (name: string): Promise<LearntTokens> => {
    const { shape } = file.info(name)
    const [, , length, width] = shape
    if (shape.length !== 4 || !length || shape[0] !== 1 || shape[1] !== 1 || width !== text.width)
      throw wrongPrompts(file, name, `[1, 1, E, ${text.width}]`)
    return { shape: [length, width], data: await file.read(name) }
  }
  const normal = await context('prompt_learner.ctx_pos')
  const abnormal = await context('prompt_learner.ctx_neg')
  if (abnormal.shape[0] !== normal.shape[0])
    throw wrongPrompts(file, 'prompt_learner.ctx_neg', `${normal.shape[0]} tokens, as ctx_pos has`)
  const deep: LearntTokens[] = []
  // Counted, not read up to the first gap: a file that has lost some would make a model that is quietly another.
  const count = file.names().filter((name) => DEEP_PROMPT.test(name)).length
  for (let i = 0; i < count; i++) {
    const name = `prompt_learner.compound_prompts_text.${i}`
    const { shape } = file.info(name)
    const [tokens, width] = shape
    if (shape.length !== 2 || width !== text.width) throw wrongPrompts(file, name, `[M, ${text.width}]`)
    if (i + 1 >= text.layers)
      throw wrongPrompts(
        file,
        name,
        `at most ${text.layers - 1} of them, as the text tower has ${text.layers} layers`,
      )
    deep.push({ shape: [tokens!, width], data: await file.read(name) })
  }
  return { normal, abnormal, deep }
}
