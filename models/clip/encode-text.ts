import { createGraph, runGraph } from '../graph/index.ts'
import type { Activation } from '../graph/ops/index.ts'
import type { WeightsFile } from '../weights/index.ts'
import type { ClipDimensions } from './dimensions.ts'
import { textTower } from './text.ts'
import { tokenize } from './tokenizer.ts'

/** Rows of the token embedding table; it is read once. */
export const tokenRows = async (
  clip: WeightsFile,
  { text }: ClipDimensions,
): Promise<(token: number) => Float32Array> => {
  const table = await clip.read('token_embedding.weight')
  return (token) => table.subarray(token * text.width, (token + 1) * text.width)
}

/**
 * Text features of written prompts, before normalisation.
 * @returns one row [embed] a text, in their order
 * @throws TEXT_TOO_LONG where a text does not fit the tower's context
 */
export const encodeTexts = async (
  clip: WeightsFile,
  dimensions: ClipDimensions,
  texts: readonly string[],
  activation: Activation,
): Promise<Float32Array[]> => {
  const rowOf = await tokenRows(clip, dimensions)
  const tokens = texts.map(tokenize)
  const { width } = dimensions.text
  const length = Math.max(...tokens.map((ids) => ids.length))
  // What follows the end token stays zero: attention is causal, so that nobody looks there.
  const embedded = new Float32Array(texts.length * length * width)
  for (const [prompt, ids] of tokens.entries())
    for (const [position, id] of ids.entries()) embedded.set(rowOf(id), (prompt * length + position) * width)
  const graph = createGraph()
  const input = graph.constant('float32', [texts.length, length, width], embedded)
  const features = textTower(input, clip, dimensions, {
    activation,
    ends: tokens.map((ids) => ids.length - 1),
  })
  const { [features.name]: result } = await runGraph(graph, {}, [features.name])
  const rows = result!.data as Float32Array
  return texts.map((_, prompt) => rows.slice(prompt * dimensions.embed, (prompt + 1) * dimensions.embed))
}
