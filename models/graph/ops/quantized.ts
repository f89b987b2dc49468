import type { Value } from '../graph.ts'
import { showShape } from '../tensor.ts'

/**
 * x·W + bias with W in 8 bits and x rounded to 8 bits on the way, with one scale for the whole of x that is found when the graph runs.
 * Contrib operator DynamicQuantizeMatMul: ŷ = (x̂ − zero)·Ŵ · scale(x) · scale, sums in int32.
 * @param x float32 [.., inputs]
 * @param weight int8 [inputs, outputs], zero point 0 @param scale float32 [outputs] @param bias float32 [outputs]
 */
export const dynamicQuantizeMatMul = (x: Value, weight: Value, scale: Value, bias: Value): Value => {
  checkInner(x, weight, weight.shape[0])
  return x.graph.apply({
    op: 'DynamicQuantizeMatMul',
    domain: 'com.microsoft',
    inputs: [x, weight, scale, null, bias],
    type: 'float32',
    shape: x.shape.with(-1, weight.shape[1]!),
  })
}

/** Weights in blocks along the inputs, each block with a scale of its own, 4 bits a weight. */
export interface BlockWeights {
  readonly inputs: number
  readonly outputs: number
  readonly blockSize: number
  /** uint8 [outputs, inputs / blockSize, blockSize / 2]: two weights a byte, the first in the low half, 8 stands for zero. */
  readonly packed: Value
  /** float32 [outputs, inputs / blockSize] */
  readonly scales: Value
}

/** `accuracy_level`: x is rounded to 8 bits, too, with a scale for each row and block; sums in int32. */
const INT8_ACTIVATIONS = 4n

/** x·Wᵀ + bias with W in blocks of 4 bits. Contrib operator MatMulNBits. @param x float32 [.., inputs] @param bias float32 [outputs] */
export const matMulNBits = (
  x: Value,
  { inputs, outputs, blockSize, packed, scales }: BlockWeights,
  bias: Value,
): Value => {
  checkInner(x, packed, inputs)
  return x.graph.apply({
    op: 'MatMulNBits',
    domain: 'com.microsoft',
    inputs: [x, packed, scales, null, null, bias],
    attributes: {
      K: BigInt(inputs),
      N: BigInt(outputs),
      bits: 4n,
      block_size: BigInt(blockSize),
      accuracy_level: INT8_ACTIVATIONS,
    },
    type: 'float32',
    shape: x.shape.with(-1, outputs),
  })
}

const checkInner = (x: Value, weight: Value, inputs: number | 'N' | undefined): void => {
  if (x.shape.at(-1) !== inputs)
    throw new Error(`${showShape(x.shape)} cannot be multiplied with the weights ${showShape(weight.shape)}`)
}
