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

/** What is looked at of a layer: its input, by its tensor, which may be used several times, or its output, by its name. */
export type Observed = ReadonlyMap<
  string,
  { readonly layer: LinearLayer; readonly values: ReadonlyMap<Value, RangeValues> }
>

export interface Observer {
  /** fp32, with an eye on what goes into each layer. */
  readonly precision: Precision
  /** Of the graphs that were built with it. */
  readonly observed: Observed
}

/** @param options.outputs an eye on what comes out of each layer, too; default: no */
export const observer = ({ outputs = false } = {}): Observer => {
  const observed = new Map<string, { layer: LinearLayer; values: Map<Value, RangeValues> }>()
  const observe = (name: string, layer: LinearLayer, x: Value): void => {
    const { values } = observed.get(name) ?? { values: new Map<Value, RangeValues>() }
    observed.set(name, { layer, values })
    // Beside the layer, not at the end of the graph: where it is run in slices, every value would have to be kept until then.
    if (!values.has(x)) values.set(x, rangesOf(x))
  }
  return {
    observed,
    precision: {
      ...FP32,
      linear: (x, layer) => {
        observe(layer.tensor, layer, x)
        const y = FP32.linear(x, layer)
        if (outputs) observe(`output of ${layer.name}`, layer, y)
        return y
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
