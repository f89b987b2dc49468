import type { Graph, Value } from '../graph/index.ts'
import { concat, reshape } from '../graph/ops/index.ts'
import type { WeightsFile } from '../weights/index.ts'
import type { ClipDimensions } from './dimensions.ts'
import { tokenRows } from './encode-text.ts'
import { tokenize } from './tokenizer.ts'

/** A prompt that begins with learnt vectors in the place of words. */
export interface LearntPrompt {
  /** [E, width] */
  readonly learnt: Value
  /** Words behind them. */
  readonly ending: string
}

/** What the text tower reads. */
export interface EmbeddedPrompts {
  /** [P, T, width], without positions. */
  readonly embedded: Value
  /** Position of the end token of each prompt. */
  readonly ends: readonly number[]
}

/**
 * `SOT, learnt, words, EOT` of each prompt, as long as the longest of them.
 * @param tooLong makes the error where they have more tokens than the text tower reads
 */
export const embedPrompts = async (
  graph: Graph,
  clip: WeightsFile,
  dimensions: ClipDimensions,
  prompts: readonly LearntPrompt[],
  tooLong: (tokens: number) => Error,
): Promise<EmbeddedPrompts> => {
  const { width, context } = dimensions.text
  const written = prompts.map(({ learnt, ending }) => {
    const ids = tokenize(ending)
    return { learnt, ids, count: Number(learnt.shape[0]) }
  })
  const ends = written.map(({ ids, count }) => count + ids.length - 1)
  const length = Math.max(...ends) + 1
  if (length > context) throw tooLong(length)
  const rowOf = await tokenRows(clip, dimensions)
  const rowsOf = (ids: readonly number[]): Value => {
    const rows = new Float32Array(ids.length * width)
    for (const [i, id] of ids.entries()) rows.set(rowOf(id), i * width)
    return graph.constant('float32', [1, ids.length, width], rows)
  }
  const embedded = written.map(({ learnt, ids: [start, ...rest], count }) => {
    // Behind the end token stands anything: attention is causal, so that nobody looks there.
    const padding = new Array<number>(length - 1 - count - rest.length).fill(0)
    return concat([rowsOf([start!]), reshape(learnt, [1, count, width]), rowsOf([...rest, ...padding])], 1)
  })
  return { embedded: concat(embedded, 0), ends }
}
