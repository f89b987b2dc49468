import type { Value } from '../graph/index.ts'
import type { PrecisionName } from './names.ts'

/** A linear layer as CLIP's weights have it. */
export interface LinearLayer {
  /** Of its weight in the file; several layers may lie in one tensor. */
  readonly tensor: string
  /** Under which its weight and its bias stand in a graph. */
  readonly name: string
  readonly biasName: string
  readonly inputs: number
  readonly outputs: number
  /** Whether its input comes from a layer norm, into which a balance can be folded. */
  readonly isBehindNorm: boolean
  /** [outputs, inputs] */
  readonly rows: () => Promise<Float32Array>
  /** [outputs] */
  readonly bias: () => Promise<Float32Array>
}

/**
 * What each input channel of a layer is divided by before it, and its weights are multiplied by [inputs], by the tensor's name: in exact
 * arithmetic the same layer, but easier to round. Source: SmoothQuant, Xiao et al. 2023, eq. 3.
 */
export type Balance = ReadonlyMap<string, Float32Array>

/** How the vision tower's linear layers are written into a graph. */
export interface Precision {
  readonly name: PrecisionName
  /** What a block computes in between its layer norm and its residual stream, which is float32 always. */
  readonly type: 'float16' | 'float32'
  readonly balance: Balance
  /** x·Wᵀ + b, of the type of this precision as x is. */
  linear(x: Value, layer: LinearLayer): Value
}

export const NO_BALANCE: Balance = new Map()
