import { codedError } from '../../errors/index.ts'
import type { ClipDimensions } from '../clip/dimensions.ts'
import { embedPrompts } from '../clip/learnt-context.ts'
import { textTower } from '../clip/text.ts'
import type { Value } from '../graph/index.ts'
import { type Activation, reshape } from '../graph/ops/index.ts'
import type { WeightsFile } from '../weights/index.ts'

/** Learnt prompts as values of a graph: constants where a model is built, inputs where they are being learnt. */
export interface PromptValues {
  /** [E, width] each. */
  readonly normal: Value
  readonly abnormal: Value
  /** [M, width] each, for text layers 2, 3, … */
  readonly deep: readonly Value[]
}

/** What stands behind the learnt context. Source: AnomalyCLIP, object-agnostic prompt templates. */
export const ENDINGS = ['object.', 'damaged object.'] as const

/**
 * Text features of the two learnt prompts: `SOT, [V]×E, "object", ".", EOT` and `SOT, [W]×E, "damaged", "object", ".", EOT`.
 * @returns a value [2, embed], rows normal and abnormal, before normalisation
 * @throws WEIGHTS_TENSOR_SHAPE where the prompts are too long for the text tower
 */
export const promptFeatures = async (
  { normal, abnormal, deep }: PromptValues,
  clip: WeightsFile,
  dimensions: ClipDimensions,
  activation: Activation,
): Promise<Value> => {
  const { graph } = normal
  const { width, context } = dimensions.text
  const count = Number(normal.shape[0])
  const longest = Math.max(...deep.map(({ shape }) => Number(shape[0])), count)
  const tooLong = (): Error =>
    codedError(
      'WEIGHTS_TENSOR_SHAPE',
      `the prompts hold ${count} context tokens and up to ${longest} deep ones; the text tower reads ${context} tokens. ` +
        'Take the CLIP weights that the prompts were learnt on.',
    )
  const prompts = [normal, abnormal].map((learnt, state) => ({ learnt, ending: ENDINGS[state]! }))
  const { embedded, ends } = await embedPrompts(graph, clip, dimensions, prompts, tooLong)
  if (1 + longest >= Number(embedded.shape[1])) throw tooLong()
  return textTower(embedded, clip, dimensions, {
    activation,
    ends,
    deep: deep.map((learnt) => reshape(learnt, [1, Number(learnt.shape[0]), width])),
  })
}
