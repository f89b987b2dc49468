import type { Value } from '../graph.ts'
import {
  add,
  addScalar,
  div,
  erf,
  matMul,
  mean,
  mul,
  scale,
  sigmoid,
  softmax,
  sqrt,
  sub,
} from './arithmetic.ts'
import { reshape, transpose } from './layout.ts'
import { sumTo } from './reduce.ts'

/**
 * How attention and activations are written. `fused` uses the contrib operators that onnxruntime runs fastest;
 * `plain` uses ONNX's own operators alone, for every other host.
 */
export type Formulation = 'fused' | 'plain'

/** CLIP's layer norm: over the last axis, eps 1e-5. */
export const layerNorm = (x: Value, gamma: Value, beta: Value): Value =>
  x.graph.apply({
    op: 'LayerNormalization',
    inputs: [x, gamma, beta],
    attributes: { axis: -1n, epsilon: EPSILON },
    type: x.type,
    shape: x.shape,
    // With x̂ = (x − μ)/σ and g = γ ⊙ dy: dx = (g − mean(g) − x̂ ⊙ mean(g ⊙ x̂)) / σ, dγ = Σ dy ⊙ x̂, dβ = Σ dy
    gradient: ({ dy }) => {
      const centred = sub(x, meanKept(x))
      const sigma = sqrt(addScalar(meanKept(mul(centred, centred)), EPSILON))
      const normed = div(centred, sigma)
      const g = mul(dy, gamma)
      const inner = sub(sub(g, meanKept(g)), mul(normed, meanKept(mul(g, normed))))
      return [div(inner, sigma), sumTo(mul(dy, normed), gamma.shape), sumTo(dy, beta.shape)]
    },
  })

const EPSILON = 1e-5

/** Mean along the last axis, which stays with size 1. */
const meanKept = (x: Value): Value => reshape(mean(x, x.shape.length - 1), x.shape.with(-1, 1))

/** `quickgelu` is what OpenAI trained its CLIPs with, `gelu` what open_clip trains most of its own with. */
export type Activation = 'gelu' | 'quickgelu'

export const activate = (x: Value, activation: Activation, formulation: Formulation): Value =>
  activation === 'gelu' ? gelu(x, formulation) : quickGelu(x, formulation)

/** x·Φ(x) = x/2·(1 + erf(x/√2)), exactly and not by tanh. Source: Hendrycks & Gimpel 2016. */
const gelu = (x: Value, formulation: Formulation): Value =>
  formulation === 'plain'
    ? mul(scale(x, 0.5), addScalar(erf(scale(x, Math.SQRT1_2)), 1))
    : x.graph.apply({ op: 'Gelu', domain: 'com.microsoft', inputs: [x], type: x.type, shape: x.shape })

/** x·σ(1.702 x) */
const quickGelu = (x: Value, formulation: Formulation): Value =>
  formulation === 'plain'
    ? mul(x, sigmoid(scale(x, 1.702)))
    : x.graph.apply({
        op: 'QuickGelu',
        domain: 'com.microsoft',
        inputs: [x],
        attributes: { alpha: 1.702 },
        type: x.type,
        shape: x.shape,
      })

/** Width of one head in every CLIP. */
export const HEAD_WIDTH = 64

/** [N, T, width] → [N, heads, T, 64] */
const splitHeads = (x: Value, heads: number): Value => {
  const [batch, tokens] = x.shape
  return transpose(reshape(x, [batch!, tokens!, heads, HEAD_WIDTH]), [0, 2, 1, 3])
}

/**
 * softmax(q·kᵀ/√64 + mask)·v per head; q [N, Tq, width], k and v [N, T, width] → [N, Tq, width].
 * The scale stands on q alone, before the product, as other hosts' attention fusions look for it.
 * @param mask [Tq, T], 0 where a token may look and −∞ where not; the plain formulation alone takes one
 */
export const attention = (
  q: Value,
  k: Value,
  v: Value,
  { formulation, mask = null }: { formulation: Formulation; mask?: Value | null },
): Value => {
  const width = Number(q.shape[2])
  const heads = width / HEAD_WIDTH
  if (formulation === 'fused' && mask === null)
    return q.graph.apply({
      op: 'MultiHeadAttention',
      domain: 'com.microsoft',
      inputs: [q, k, v],
      attributes: { num_heads: BigInt(heads), scale: 1 / Math.sqrt(HEAD_WIDTH) },
      type: q.type,
      shape: q.shape,
    })
  const queries = scale(splitHeads(q, heads), 1 / Math.sqrt(HEAD_WIDTH))
  const logits = matMul(queries, transpose(splitHeads(k, heads), [0, 1, 3, 2]))
  const weights = softmax(mask === null ? logits : add(logits, mask))
  return reshape(transpose(matMul(weights, splitHeads(v, heads)), [0, 2, 1, 3]), q.shape)
}
