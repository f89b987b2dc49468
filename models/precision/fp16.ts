import { codedError } from '../../errors/index.ts'
import { MAX_HALF, toHalf } from '../graph/half.ts'
import type { Value } from '../graph/index.ts'
import { add, cast, matMul } from '../graph/ops/index.ts'
import type { ChannelRanges } from './observe.ts'
import { type LinearLayer, NO_BALANCE, type Precision } from './precision.ts'
import { transposed } from './transposed.ts'

/** @throws MODEL_PRECISION where a weight is too large for fp16 */
const halves = (values: Float32Array, name: string): Uint16Array => {
  const tooLarge = values.find((value) => Math.abs(value) > MAX_HALF)
  if (tooLarge !== undefined)
    throw codedError(
      'MODEL_PRECISION',
      `${name} holds the weight ${tooLarge.toPrecision(4)}; fp16 ends at ${MAX_HALF}. Build this model in fp32.`,
    )
  return toHalf(values)
}

/** Other images than those that were looked at may bring larger numbers. */
const ROOM = 2

/**
 * Holds what goes into the layers and comes out of them in fp32 to what fp16 can hold. Where the model is built it would not show: the CPU widens fp16.
 * @param ranges as an observer names them
 * @throws MODEL_PRECISION where a number is too large for fp16
 */
export const checkRanges = (ranges: ReadonlyMap<string, ChannelRanges>): void => {
  for (const [name, { low, high }] of ranges) {
    const largest = low.reduce((most, value, i) => Math.max(most, -value, high[i]!), 0)
    if (largest > MAX_HALF / ROOM)
      throw codedError(
        'MODEL_PRECISION',
        `at ${name} a number reaches ${largest.toPrecision(4)}; fp16 ends at ${MAX_HALF}, and room of ${ROOM} times is kept for other images. ` +
          'On a GPU the model would give no numbers. Build it in fp32.',
      )
  }
}

/**
 * For GPUs. From a block's layer norm to its residual stream everything is fp16, attention and feed-forward: inputs of a linear layer are
 * normalised there, so nothing comes near fp16's end. The stream itself, to which outlier channels add up to thousands, is float32, and so
 * are the norms, the patches with their positions, and the head.
 */
export const FP16: Precision = {
  name: 'fp16',
  type: 'float16',
  balance: NO_BALANCE,
  linear: (x, layer) => {
    const [weight, shift] = constantsOf(x, layer)
    return add(matMul(x, weight), shift)
  },
}

/**
 * The same as a GPU computes it, for a CPU, which would widen all of it and round nothing but the weights: what goes into each layer, the product and the sum are
 * rounded to fp16. Sums within a product are float32, as on a GPU. What attention and activation round inside is left out.
 */
export const FP16_ON_GPU: Precision = {
  ...FP16,
  type: 'float32',
  linear: (x, layer) => {
    const [weight, shift] = constantsOf(x, layer)
    const product = rounded(matMul(rounded(x), cast(weight, 'float32')))
    return rounded(add(product, cast(shift, 'float32')))
  },
}

const rounded = (x: Value): Value => cast(cast(x, 'float16'), 'float32')

const constantsOf = (
  { graph }: Value,
  { name, biasName, inputs, outputs, rows, bias }: LinearLayer,
): [weight: Value, shift: Value] => [
  graph.weight(
    `${name}.T`,
    [inputs, outputs],
    async () => halves(transposed(await rows(), inputs), name),
    'float16',
  ),
  graph.weight(biasName, [outputs], async () => halves(await bias(), biasName), 'float16'),
]
