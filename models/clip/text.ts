import type { Graph, Value } from '../graph/index.ts'
import {
  type Activation,
  add,
  at,
  attention,
  concat,
  layerNorm,
  matMul,
  roundedToHalf,
  slice,
} from '../graph/ops/index.ts'
import type { WeightsFile } from '../weights/index.ts'
import { residualBlock, weightsFor } from './block.ts'
import type { ClipDimensions } from './dimensions.ts'

export interface TextTowerOptions {
  readonly activation: Activation
  /** Position of the end token of each prompt; the feature is taken there. */
  readonly ends: readonly number[]
  /**
   * Deep prompts [1, M, width]: on entry to layer 2, 3, … the M positions after the start token are replaced by them, rounded to fp16.
   * Source: AnomalyCLIP, textual prompt tuning.
   */
  readonly deep?: readonly Value[]
}

/** 0 on and below the diagonal, −∞ above: a token sees only what stands before it. */
const causalMask = (graph: Graph, tokens: number): Value => {
  const mask = new Float32Array(tokens * tokens)
  for (let row = 0; row < tokens; row++) mask.fill(-Infinity, row * tokens + row + 1, (row + 1) * tokens)
  return graph.constant('float32', [tokens, tokens], mask)
}

/** Picks one position of each prompt, as a product with a 0/1 matrix: [P, 1, T] · [P, T, width]. */
const rowsAt = (x: Value, positions: readonly number[]): Value => {
  const tokens = Number(x.shape[1])
  const choice = new Float32Array(positions.length * tokens)
  for (const [prompt, position] of positions.entries()) choice[prompt * tokens + position] = 1
  return at(matMul(x.graph.constant('float32', [positions.length, 1, tokens], choice), x), 1, 0)
}

/**
 * CLIP's text tower, on token embeddings without positions [P, T, width], T up to the context length (what follows the
 * end token does not matter: attention is causal) → text features before normalisation [P, embed].
 */
export const textTower = (
  embedded: Value,
  file: WeightsFile,
  { text, embed }: ClipDimensions,
  { activation, ends, deep = [] }: TextTowerOptions,
): Value => {
  const { graph } = embedded
  const weights = weightsFor(graph, file)
  const { width } = text
  const [prompts, tokens] = embedded.shape.map(Number)
  const mask = causalMask(graph, tokens!)

  const replaceTokens = (x: Value, learnt: Value): Value => {
    const count = Number(learnt.shape[1])
    const everyPrompt = concat(new Array<Value>(prompts!).fill(roundedToHalf(learnt)), 0)
    return concat([slice(x, 1, 0, 1), everyPrompt, slice(x, 1, 1 + count, tokens!)], 1)
  }

  let x = add(embedded, slice(weights.tensor('positional_embedding', [text.context, width]), 0, 0, tokens!))
  for (let layer = 0; layer < text.layers; layer++) {
    const learnt = deep[layer - 1]
    if (learnt !== undefined) x = replaceTokens(x, learnt)
    const block = residualBlock(weights, `transformer.resblocks.${layer}`, width, {
      activation,
      formulation: 'plain',
    })
    const normed = block.norm1(x)
    const looked = attention(block.query(normed), block.key(normed), block.value(normed), {
      formulation: 'plain',
      mask,
    })
    x = block.feedForward(add(x, block.outProj(looked)))
  }
  const pooled = layerNorm(
    rowsAt(x, ends),
    weights.tensor('ln_final.weight', [width]),
    weights.tensor('ln_final.bias', [width]),
  )
  return matMul(pooled, weights.tensor('text_projection', [width, embed]))
}
