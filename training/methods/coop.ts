import { CONTEXT, endingsOf, readContext } from '../../models/methods/coop.ts'
import type { PromptSizes } from '../anomalyclip-step.ts'
import { coopStep } from '../coop-step.ts'
import { sgd } from '../optimiser.ts'
import { normals, randomFor } from '../random.ts'
import { optionError } from '../settings.ts'
import { type Learning, type LearningFiles, START_DEVIATION } from './learning.ts'
import { writtenPrompts } from './written-prompt.ts'

/** E, as published. */
const TOKENS = 16

/** What cosines are multiplied by, as where the result is used. */
const LOGIT_SCALE = 1 / 0.07

/**
 * CoOp's context, one for both states and all classes. Source: Zhou et al., IJCV 2022.
 * @throws TRAINING_OPTIONS where sizes are chosen that it has not, or the context to begin with is of another one; WEIGHTS_…
 */
export const coopLearning = async (
  { clip, dimensions, init }: LearningFiles,
  chosen: Partial<PromptSizes>,
): Promise<Learning> => {
  const { width, context: room } = dimensions.text
  if (chosen.depth !== undefined || chosen.deepTokens !== undefined)
    throw optionError('a depth or deep tokens are chosen, and coop learns a context alone.')
  const begun = init === null ? null : await readContext(init, dimensions)
  const context = begun === null ? (chosen.context ?? TOKENS) : begun.length / width
  if (chosen.context !== undefined && chosen.context !== context)
    throw optionError(
      `a context of ${chosen.context} is chosen, and ${init!.file} has ${context} tokens: leave it out, or begin with other prompts.`,
    )
  if (!Number.isInteger(context) || context < 1 || context + 5 > room)
    throw optionError(
      `a context of ${context} is chosen; with state, class name and marks the text tower reads ${room} tokens.`,
    )
  return {
    sizes: { context, depth: 1, deepTokens: 0 },
    shapes: new Map([[CONTEXT, [context, width]]]),
    start: async (seed) =>
      new Map([
        [CONTEXT, begun ?? normals(context * width, START_DEVIATION, randomFor(seed, 'start', CONTEXT))],
      ]),
    step: ({ activation }, { classNames }) =>
      coopStep({ clip, dimensions, activation, context, classNames, logitScale: LOGIT_SCALE }),
    optimiser: sgd,
    checkpoint: async (learnt, { epoch, classNames }) => {
      const prompts = await writtenPrompts(clip, dimensions, context, classNames.flatMap(endingsOf))
      const rows = (part: 'prefix' | 'suffix') => ({
        type: 'float32' as const,
        shape: [prompts.length, prompts[0]![part].length / width, width],
        data: joined(prompts.map((prompt) => prompt[part])),
      })
      return {
        state_dict: new Map([
          [CONTEXT, { type: 'float32' as const, shape: [context, width], data: learnt.get(CONTEXT)! }],
          ['token_prefix', rows('prefix')],
          ['token_suffix', rows('suffix')],
        ]),
        epoch,
      }
    },
  }
}

const joined = (parts: readonly Float32Array[]): Float32Array => {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
