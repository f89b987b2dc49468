import type { ClipDimensions } from '../../models/clip/dimensions.ts'
import { tokenRows } from '../../models/clip/encode-text.ts'
import { tokenize } from '../../models/clip/tokenizer.ts'
import type { WeightsFile } from '../../models/weights/index.ts'

/** What stands in published checkpoints for the learnt tokens, each one of it a token. */
const PLACEHOLDER = 'X'

/** A prompt as published checkpoints keep it around the learnt tokens. */
export interface WrittenPrompt {
  /** Padded with zeros to the length that the text tower reads. */
  readonly ids: readonly number[]
  /** Embedding of the start token [width]. */
  readonly prefix: Float32Array
  /** Of everything behind the learnt tokens, padding too [ids − 1 − E, width]. */
  readonly suffix: Float32Array
}

/**
 * Prompts with placeholders in the place of learnt tokens.
 * @param tokens E @param endings words behind them
 * @throws TEXT_TOO_LONG
 */
export const writtenPrompts = async (
  clip: WeightsFile,
  dimensions: ClipDimensions,
  tokens: number,
  endings: readonly string[],
): Promise<WrittenPrompt[]> => {
  const { width, context } = dimensions.text
  const rowOf = await tokenRows(clip, dimensions)
  return endings.map((ending) => {
    const written = tokenize(`${`${PLACEHOLDER} `.repeat(tokens)}${ending}`)
    const ids = Array.from({ length: context }, (_, i) => written[i] ?? 0)
    const behind = ids.slice(1 + tokens)
    const suffix = new Float32Array(behind.length * width)
    for (const [i, id] of behind.entries()) suffix.set(rowOf(id), i * width)
    return { ids, prefix: Float32Array.from(rowOf(ids[0]!)), suffix }
  })
}
