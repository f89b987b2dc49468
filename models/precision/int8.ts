import { dynamicQuantizeMatMul } from '../graph/ops/index.ts'
import type { RoundingError } from './balance.ts'
import type { Balance, Precision } from './precision.ts'
import { transposeInto } from './transposed.ts'

/**
 * Weights become whole numbers from −64 to 64: 7 bits. With the 8 bits of the activations, x86 without VNNI adds two products in int16
 * (vpmaddubsw), and 2 · 255 · 64 = 32640 is the most that fits; with a bit more it would saturate there and nowhere else, and the same
 * model would say something else on another CPU. Unsigned weights are exact everywhere as well, but onnxruntime runs them without VNNI.
 */
export const WEIGHT_LEVELS = 64

/** Of each row the step between two levels, [rows]; 1 for a row of zeros. */
export const rowScales = (matrix: Float32Array, columns: number): Float32Array =>
  Float32Array.from({ length: matrix.length / columns }, (_, row) => {
    let largest = 0
    for (let i = row * columns; i < (row + 1) * columns; i++)
      largest = Math.max(largest, Math.abs(matrix[i]!))
    return largest === 0 ? 1 : largest / WEIGHT_LEVELS
  })

/** Of the activations: what DynamicQuantizeMatMul has between the smallest and the largest value. */
const ACTIVATION_STEPS = 255

/**
 * Rounding to steps of d adds d²/12 (a uniform error): the activations' one step, times all weights; each output's step, times all
 * activations.
 */
export const int8Error: RoundingError = ({ rows, inputs, ranges: { low, high, square } }, s) => {
  let [least, most] = [0, 0]
  for (const [channel, by] of s.entries()) {
    least = Math.min(least, low[channel]! / by)
    most = Math.max(most, high[channel]! / by)
  }
  const activationStep = (most - least) / ACTIVATION_STEPS
  let weightSquares = 0
  let weightSteps = 0
  for (let start = 0; start < rows.length; start += inputs) {
    let largest = 0
    for (let channel = 0; channel < inputs; channel++) {
      const weight = rows[start + channel]! * s[channel]!
      weightSquares += weight * weight
      largest = Math.max(largest, Math.abs(weight))
    }
    weightSteps += (largest / WEIGHT_LEVELS) ** 2
  }
  const activationSquares = square.reduce((sum, value, channel) => sum + value / s[channel]! ** 2, 0)
  return (activationStep ** 2 * weightSquares + weightSteps * activationSquares) / 12
}

/** For CPUs with VNNI or ARM's dot product: weights in int8 with a scale for each output, activations rounded to 8 bits as the graph runs. */
export const int8 = (balance: Balance): Precision => ({
  name: 'int8',
  type: 'float32',
  balance,
  linear: (x, { name, biasName, inputs, outputs, rows, bias }) => {
    const { graph } = x
    const quantized = async (): Promise<Int8Array> => {
      const matrix = await rows()
      const scales = rowScales(matrix, inputs)
      return transposeInto(new Int8Array(matrix.length), matrix, inputs, (value, row) =>
        Math.round(value / scales[row]!),
      )
    }
    return dynamicQuantizeMatMul(
      x,
      graph.weight(`${name}.int8`, [inputs, outputs], quantized, 'int8'),
      graph.weight(`${name}.scale`, [outputs], async () => rowScales(await rows(), inputs)),
      graph.weight(biasName, [outputs], bias),
    )
  },
})
