import type { ChannelRanges } from './observe.ts'

/** A matrix [outputs, inputs] of weights, and what its input holds. */
export interface BalancedLayer {
  readonly rows: Float32Array
  readonly inputs: number
  readonly ranges: ChannelRanges
}

/**
 * Mean squared error, up to a factor that the layer has for itself, that rounding a layer brings to its outputs, where its input is
 * divided by s and its weights are multiplied by it.
 */
export type RoundingError = (layer: BalancedLayer, s: Float32Array) => number

/** How far activations are levelled at the cost of the weights, SmoothQuant's α: 0 levels the weights, 1 the activations. */
const ALPHAS = Array.from({ length: 11 }, (_, i) => i / 10)

/** Channels that hold next to nothing are treated as if they held this share of the largest. */
const LEAST_SHARE = 1e-5

/**
 * The balance of a layer that rounding hurts least, as predicted from what was observed: SmoothQuant's s = max|x|^α / max|w|^(1−α), its α
 * chosen for this layer; null where it is best as it is.
 * @param worth share of the error that is left, below which a balance is worth having
 */
export const balanceOf = (layer: BalancedLayer, error: RoundingError, worth: number): Float32Array | null => {
  const { rows, inputs, ranges } = layer
  const activations = atLeast(
    ranges.low.map((low, channel) => Math.max(Math.abs(low), Math.abs(ranges.high[channel]!))),
  )
  const weights = atLeast(columnMaxima(rows, inputs))
  const candidates = ALPHAS.map((alpha) =>
    levelled(activations.map((a, channel) => a ** alpha / weights[channel]! ** (1 - alpha))),
  )
  let best: Float32Array | null = null
  let least = worth * error(layer, new Float32Array(inputs).fill(1))
  for (const candidate of candidates) {
    const found = error(layer, candidate)
    if (found < least) [best, least] = [candidate, found]
  }
  return best
}

/** Largest |w| of every column of a matrix [.., columns]. */
const columnMaxima = (matrix: Float32Array, columns: number): Float32Array => {
  const maxima = new Float32Array(columns)
  for (let start = 0; start < matrix.length; start += columns)
    for (let column = 0; column < columns; column++)
      maxima[column] = Math.max(maxima[column]!, Math.abs(matrix[start + column]!))
  return maxima
}

const atLeast = (values: Float32Array): Float32Array => {
  const floor = LEAST_SHARE * values.reduce((most, value) => Math.max(most, value), Number.MIN_VALUE)
  return values.map((value) => Math.max(value, floor))
}

/** Times a number that makes their geometric mean 1: a factor common to all changes nothing, and so the numbers keep their size. */
const levelled = (values: Float32Array): Float32Array => {
  const mean = values.reduce((sum, value) => sum + Math.log(value), 0) / values.length
  return values.map((value) => value / Math.exp(mean))
}
