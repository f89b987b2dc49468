import { codedError } from '../../errors/index.ts'
import type { ClipDimensions } from '../clip/dimensions.ts'
import { tokenRows } from '../clip/encode-text.ts'
import { textTower } from '../clip/text.ts'
import { tokenize } from '../clip/tokenizer.ts'
import type { Value } from '../graph/index.ts'
import { type Activation, concat, reshape } from '../graph/ops/index.ts'
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
const ENDINGS = ['object.', 'damaged object.'] as const

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
  const contextLength = Number(normal.shape[0])
  const endings = ENDINGS.map((ending) => tokenize(ending))
  const ends = endings.map((tokens) => contextLength + tokens.length - 1)
  const length = Math.max(...ends) + 1
  const longest = Math.max(...deep.map(({ shape }) => Number(shape[0])), contextLength)
  if (length > context || 1 + longest >= length)
    throw codedError(
      'WEIGHTS_TENSOR_SHAPE',
      `the prompts hold ${contextLength} context tokens and up to ${longest} deep ones; the text tower reads ${context} tokens. ` +
        'Take the CLIP weights that the prompts were learnt on.',
    )
  const rowOf = await tokenRows(clip, dimensions)
  const tokens = (ids: readonly number[]): Value => {
    const rows = new Float32Array(ids.length * width)
    for (const [i, id] of ids.entries()) rows.set(rowOf(id), i * width)
    return graph.constant('float32', [1, ids.length, width], rows)
  }
  const prompts = [normal, abnormal].map((learnt, state) => {
    const [start, ...rest] = endings[state]!
    // Behind the end token stand zeros of the vocabulary, which nobody looks at.
    const padding = new Array<number>(length - 1 - contextLength - rest.length).fill(0)
    return concat(
      [tokens([start!]), reshape(learnt, [1, contextLength, width]), tokens([...rest, ...padding])],
      1,
    )
  })
  return textTower(concat(prompts, 0), clip, dimensions, {
    activation,
    ends,
    deep: deep.map((learnt) => reshape(learnt, [1, Number(learnt.shape[0]), width])),
  })
}
