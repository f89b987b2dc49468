import type { Value } from '../graph/index.ts'
import { largestOfChannels, meanOfChannels, mul, smallestOfChannels } from '../graph/ops/index.ts'
import { FP32 } from './fp32.ts'
import type { LinearLayer, Precision } from './precision.ts'

/** What the channels of a layer's input hold, over all its tokens: [inputs] each. */
export interface ChannelRanges {
  readonly low: Float32Array
  readonly high: Float32Array
  /** Mean of the squares. */
  readonly square: Float32Array
}

/** Values of a graph that hold `ChannelRanges` once it has run. */
export type RangeValues = Readonly<Record<keyof ChannelRanges, Value>>

/** By the tensor of the layer; a tensor may be used several times. */
export type Observed = ReadonlyMap<
  string,
  { readonly layer: LinearLayer; readonly inputs: ReadonlyMap<Value, RangeValues> }
>

export interface Observer {
  /** fp32, with an eye on what goes into each layer. */
  readonly precision: Precision
  /** Of the graphs that were built with it. */
  readonly observed: Observed
}

export const observer = (): Observer => {
  const observed = new Map<string, { layer: LinearLayer; inputs: Map<Value, RangeValues> }>()
  return {
    observed,
    precision: {
      ...FP32,
      linear: (x, layer) => {
        const { inputs } = observed.get(layer.tensor) ?? { inputs: new Map<Value, RangeValues>() }
        observed.set(layer.tensor, { layer, inputs })
        // Beside the layer, not at the end of the graph: where it is run in slices, every input would have to be kept until then.
        if (!inputs.has(x)) inputs.set(x, rangesOf(x))
        return FP32.linear(x, layer)
      },
    },
  }
}

const rangesOf = (x: Value): RangeValues => ({
  low: smallestOfChannels(x),
  high: largestOfChannels(x),
  square: meanOfChannels(mul(x, x)),
})

/** Ranges of several inputs, or of several images, as one. @param weights how much each counts in the mean; they sum to 1 */
export const together = (parts: readonly ChannelRanges[], weights: readonly number[]): ChannelRanges => {
  const [first] = parts
  const of = (combine: (channel: number) => number): Float32Array =>
    first!.low.map((_, channel) => combine(channel))
  return {
    low: of((channel) => Math.min(...parts.map(({ low }) => low[channel]!))),
    high: of((channel) => Math.max(...parts.map(({ high }) => high[channel]!))),
    square: of((channel) => parts.reduce((sum, { square }, i) => sum + weights[i]! * square[channel]!, 0)),
  }
}
