import { codedError } from '../../errors/index.ts'
import { MAX_HALF, toHalf } from '../graph/half.ts'
import { add, matMul } from '../graph/ops/index.ts'
import type { ChannelRanges } from './observe.ts'
import { NO_BALANCE, type Precision } from './precision.ts'
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
  linear: (x, { name, biasName, inputs, outputs, rows, bias }) => {
    const { graph } = x
    const weight = graph.weight(
      `${name}.T`,
      [inputs, outputs],
      async () => halves(transposed(await rows(), inputs), name),
      'float16',
    )
    const shift = graph.weight(biasName, [outputs], async () => halves(await bias(), biasName), 'float16')
    return add(matMul(x, weight), shift)
  },
}
