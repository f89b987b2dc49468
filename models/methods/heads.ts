import { bilinearMatrix } from '../clip/positions.ts'
import type { VisionTower } from '../clip/vision.ts'
import type { Value } from '../graph/index.ts'
import {
  at,
  l2Normalize,
  matMul,
  mean,
  reshape,
  scale,
  slice,
  softmax,
  stack,
  transpose,
} from '../graph/ops/index.ts'
import type { Head, MethodSettings } from './method.ts'

/** Divides cosines before the softmax. Source: AnomalyCLIP and its reference implementation. */
const TEMPERATURE = 0.07

/**
 * p(abnormal) of features against the two text features: softmax over cos/0.07.
 * @param features [.., D], not normalised
 * @param text [2, D], rows normal and abnormal, L2-normalised
 * @returns [..], the last axis gone
 */
export const abnormalProbability = (features: Value, text: Value): Value => {
  const states = stateProbabilities(l2Normalize(features), text)
  return at(states, states.shape.length - 1, 1)
}

/**
 * Softmax over cos/0.07: p(normal) and p(abnormal).
 * @param features [.., D] @param text [2, D], both L2-normalised
 * @returns [.., 2]
 */
export const stateProbabilities = (features: Value, text: Value): Value =>
  softmax(scale(matMul(features, transpose(text, [1, 0])), 1 / TEMPERATURE))

/** Rows of the patches of a stream [N, grid², width], without the class row. */
export const patchesOf = (stream: Value, { grid }: VisionTower): Value => slice(stream, 1, 1, 1 + grid * grid)

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

/** The constant [S, side] that makes S pixels of a line of patches: bilinear upsampling (`align_corners=false`), Gaussian smoothing. */
const smoothUpsampling = ({ graph }: Value, side: number, imageSize: number, sigma: number): Value => {
  const smoothing = gaussianMatrix(imageSize, sigma)
  const matrix = product(smoothing, bilinearMatrix(side, imageSize), imageSize, imageSize, side)
  return graph.constant('float32', [imageSize, side], Float32Array.from(matrix))
}

/** M = A·X·Aᵀ, the same line by line and column by column. @param planes [.., side, side] @param matrix A [S, side] */
export const alongBothAxes = (planes: Value, matrix: Value): Value =>
  matMul(matMul(matrix, planes), transpose(matrix, [1, 0]))

/**
 * From patches to pixels: mean over taps, bilinear upsampling (`align_corners=false`), Gaussian smoothing. The last two are
 * linear and separable, so both together are one matrix A [S, grid] on either side: M = A·S·Aᵀ.
 * @param grid [N, T, grid, grid]
 * @returns [N, S, S]
 */
export const anomalyMap = (grid: Value, imageSize: number, sigma: number): Value => {
  const side = Number(grid.shape[2])
  const matrix = smoothUpsampling(grid, side, imageSize, sigma)
  const taps = Number(grid.shape[1]) === 1 ? reshape(grid, ['N', side, side]) : mean(grid, 1)
  return alongBothAxes(taps, matrix)
}

/** The Gaussian alone, over maps [N, S, S]; sigma 0 leaves them. */
export const smoothed = (map: Value, sigma: number): Value => {
  if (sigma === 0) return map
  const side = Number(map.shape[1])
  const matrix = Float32Array.from(gaussianMatrix(side, sigma))
  return alongBothAxes(map, map.graph.constant('float32', [side, side], matrix))
}

/**
 * How AnomalyCLIP scores: the class row of the image and the patch rows of each tap against the text features. CLIP, CLIP-AC and CoOp are
 * scored alike, so that their prompts are what is compared.
 */
export const patchHead = (
  tower: VisionTower,
  text: Value,
  { features, imageSize, sigma }: MethodSettings,
): Head => {
  // Without ln_post, as in the reference: image features come straight from the last layer.
  const score = abnormalProbability(tower.project(tower.classRow), text)
  const taps = features.map((layer) =>
    abnormalProbability(tower.project(tower.postNorm(patchesOf(tower.local(layer), tower))), text),
  )
  const grid = gridOf(taps, tower.grid)
  return { score, grid, map: anomalyMap(grid, imageSize, sigma) }
}
