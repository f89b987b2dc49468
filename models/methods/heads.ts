import { bilinearMatrix } from '../clip/positions.ts'
import type { Value } from '../graph/index.ts'
import {
  at,
  l2Normalize,
  matMul,
  mean,
  reshape,
  scale,
  softmax,
  stack,
  transpose,
} from '../graph/ops/index.ts'

/** Divides cosines before the softmax. Source: AnomalyCLIP and its reference implementation. */
const TEMPERATURE = 0.07

/**
 * p(abnormal) of features against the two text features: softmax over cos/0.07.
 * @param features [.., D], not normalised
 * @param text [2, D], rows normal and abnormal, L2-normalised
 * @returns [..], the last axis gone
 */
export const abnormalProbability = (features: Value, text: Value): Value => {
  const cosines = matMul(l2Normalize(features), transpose(text, [1, 0]))
  return at(softmax(scale(cosines, 1 / TEMPERATURE)), cosines.shape.length - 1, 1)
}

/** Patch probabilities of every tap [N, grid²] as planes [N, T, grid, grid]. */
export const gridOf = (taps: readonly Value[], grid: number): Value =>
  stack(
    taps.map((tap) => reshape(tap, ['N', grid, grid])),
    1,
  )

/** SciPy's `truncate`: the kernel ends so many sigmas from its centre. */
const TRUNCATE = 4

/** Index mirrored into 0..size−1 with the edge repeated: d c b a | a b c d | d c b a (SciPy's `reflect`). */
const reflected = (index: number, size: number): number => {
  const period = 2 * size
  const inside = ((index % period) + period) % period
  return inside < size ? inside : period - 1 - inside
}

/** The matrix [size, size] of a one-dimensional Gaussian filter as SciPy's `gaussian_filter1d` has it; sigma 0 = identity. */
const gaussianMatrix = (size: number, sigma: number): Float64Array => {
  const radius = Math.floor(TRUNCATE * sigma + 0.5)
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    radius === 0 ? 1 : Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  )
  const total = kernel.reduce((a, b) => a + b, 0)
  const matrix = new Float64Array(size * size)
  for (let row = 0; row < size; row++)
    for (const [i, weight] of kernel.entries())
      matrix[row * size + reflected(row + i - radius, size)]! += weight / total
  return matrix
}

const product = (
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array => {
  const result = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < inner; k++) {
      const factor = a[row * inner + k]!
      if (factor === 0) continue
      for (let column = 0; column < columns; column++)
        result[row * columns + column]! += factor * b[k * columns + column]!
    }
  return result
}

/**
 * From patches to pixels: mean over taps, bilinear upsampling (`align_corners=false`), Gaussian smoothing. The last two are
 * linear and separable, so both together are one matrix A [S, grid] on either side: M = A·S·Aᵀ.
 * @param grid [N, T, grid, grid]
 * @returns [N, S, S]
 */
export const anomalyMap = (grid: Value, imageSize: number, sigma: number): Value => {
  const { graph } = grid
  const side = Number(grid.shape[2])
  const a = product(
    gaussianMatrix(imageSize, sigma),
    bilinearMatrix(side, imageSize),
    imageSize,
    imageSize,
    side,
  )
  const left = graph.constant('float32', [imageSize, side], Float32Array.from(a))
  const taps = Number(grid.shape[1]) === 1 ? reshape(grid, ['N', side, side]) : mean(grid, 1)
  return matMul(matMul(left, taps), transpose(left, [1, 0]))
}
