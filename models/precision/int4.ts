import { matMulNBits } from '../graph/ops/index.ts'
import type { RoundingError } from './balance.ts'
import type { Balance, Precision } from './precision.ts'

/** Weights that share a scale: small enough that one large weight spoils few others. */
export const BLOCK = 32

/** Whole numbers from −8 to 7 stand as 0 to 15. */
const ZERO = 8

/**
 * Of each block the step between two levels, [matrix.length / BLOCK]: the weight of the largest magnitude becomes −8, the end with one
 * level more, so that the step is negative where that weight is positive.
 */
export const blockScales = (matrix: Float32Array): Float32Array =>
  Float32Array.from({ length: matrix.length / BLOCK }, (_, block) => {
    let largest = 0
    for (let i = block * BLOCK; i < (block + 1) * BLOCK; i++)
      if (Math.abs(matrix[i]!) > Math.abs(largest)) largest = matrix[i]!
    return largest === 0 ? 1 : -largest / ZERO
  })

/** Two weights a byte, the first in the low half. */
export const packBlocks = (matrix: Float32Array): Uint8Array => {
  const scales = blockScales(matrix)
  const level = (index: number): number => {
    const rounded = Math.round(matrix[index]! / scales[Math.floor(index / BLOCK)]!)
    return Math.min(Math.max(rounded, -ZERO), ZERO - 1) + ZERO
  }
  return Uint8Array.from(
    { length: matrix.length / 2 },
    (_, pair) => level(2 * pair) | (level(2 * pair + 1) << 4),
  )
}

/** Of a block's activations in a row: whole numbers from −127 to 127. */
const ACTIVATION_LEVELS = 127

/**
 * Rounding to steps of d adds d²/12 (a uniform error): each block's step of the weights, times its activations; the activations' step in
 * a block, at the most that was seen there, times its weights.
 */
export const int4Error: RoundingError = ({ rows, inputs, ranges: { low, high, square } }, s) => {
  const blocks = inputs / BLOCK
  const activationSquares = new Float64Array(blocks)
  const activationSteps = new Float64Array(blocks)
  for (const [channel, by] of s.entries()) {
    const block = Math.floor(channel / BLOCK)
    const largest = Math.max(Math.abs(low[channel]!), Math.abs(high[channel]!)) / by
    activationSquares[block]! += square[channel]! / by ** 2
    activationSteps[block] = Math.max(activationSteps[block]!, largest / ACTIVATION_LEVELS)
  }
  let error = 0
  for (let start = 0; start < rows.length; start += BLOCK) {
    const first = start % inputs
    let largest = 0
    let weightSquares = 0
    for (let i = 0; i < BLOCK; i++) {
      const weight = rows[start + i]! * s[first + i]!
      weightSquares += weight * weight
      largest = Math.max(largest, Math.abs(weight))
    }
    const block = first / BLOCK
    error += (largest / ZERO) ** 2 * activationSquares[block]! + activationSteps[block]! ** 2 * weightSquares
  }
  return error / 12
}

/** To cut memory: weights in blocks of 4 bits, each with a scale. The widths of every CLIP are whole numbers of blocks. */
export const int4 = (balance: Balance): Precision => ({
  name: 'int4',
  type: 'float32',
  balance,
  linear: (x, { name, biasName, inputs, outputs, rows, bias }) => {
    const { graph } = x
    const blocks = inputs / BLOCK
    const packed = graph.weight(
      `${name}.int4`,
      [outputs, blocks, BLOCK / 2],
      async () => packBlocks(await rows()),
      'uint8',
    )
    const scales = graph.weight(`${name}.scale`, [outputs, blocks], async () => blockScales(await rows()))
    return matMulNBits(
      x,
      { inputs, outputs, blockSize: BLOCK, packed, scales },
      graph.weight(biasName, [outputs], bias),
    )
  },
})
