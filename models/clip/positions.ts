/** Source rows and weights of one output row of a bilinear resize, `align_corners=false`. */
const tap = (index: number, from: number, to: number): readonly [number, number, number] => {
  const centre = Math.max((index + 0.5) * (from / to) - 0.5, 0)
  const low = Math.min(Math.floor(centre), from - 1)
  return [low, Math.min(low + 1, from - 1), centre - low]
}

/**
 * The matrix [to, from] of a one-dimensional bilinear resize, `align_corners=false`, without antialiasing
 * (PyTorch's `interpolate`): a two-dimensional one is this matrix on both sides.
 */
export const bilinearMatrix = (from: number, to: number): Float64Array => {
  const matrix = new Float64Array(to * from)
  for (let row = 0; row < to; row++) {
    const [low, high, weight] = tap(row, from, to)
    matrix[row * from + low]! += 1 - weight
    matrix[row * from + high]! += weight
  }
  return matrix
}

/** Keys' cubic kernel with a = −0.5, as Pillow and PyTorch's antialiased resize have it (its plain one has −0.75). */
const cubic = (distance: number): number => {
  const x = Math.abs(distance)
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
}

/**
 * The matrix [to, from] of a one-dimensional bicubic resize, `align_corners=false`, with antialiasing (PyTorch's `interpolate`
 * with `antialias=True`): made smaller, the kernel is as much wider.
 */
export const bicubicMatrix = (from: number, to: number): Float64Array => {
  const matrix = new Float64Array(to * from)
  const step = from / to
  const widening = Math.max(step, 1)
  for (let row = 0; row < to; row++) {
    const centre = (row + 0.5) * step
    const first = Math.max(Math.trunc(centre - 2 * widening + 0.5), 0)
    const end = Math.min(Math.trunc(centre + 2 * widening + 0.5), from)
    const weights = Array.from({ length: end - first }, (_, i) =>
      cubic((first + i + 0.5 - centre) / widening),
    )
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    for (const [i, weight] of weights.entries()) matrix[row * from + first + i] = weight / total
  }
  return matrix
}

/** The matrix [to, from] of a one-dimensional bilinear resize, `align_corners=true`: the outermost samples stay where they are. */
export const bilinearCornersMatrix = (from: number, to: number): Float64Array => {
  const matrix = new Float64Array(to * from)
  for (let row = 0; row < to; row++) {
    const centre = to === 1 ? 0 : (row * (from - 1)) / (to - 1)
    const low = Math.min(Math.floor(centre), from - 1)
    const high = Math.min(low + 1, from - 1)
    matrix[row * from + low]! += 1 - (centre - low)
    matrix[row * from + high]! += centre - low
  }
  return matrix
}

/** How a line of `from` samples becomes one of `to`, as a matrix [to, from]. */
export type ResizeMatrix = (from: number, to: number) => Float64Array

/**
 * Position embeddings [1 + from², width] for another grid [1 + to², width]: the class row is kept, the grid resized along either
 * axis. AnomalyCLIP does it bilinearly, WinCLIP's and APRIL-GAN's code bicubically.
 */
export const resizePositions = (
  positions: Float32Array,
  width: number,
  { from, to, resize }: { readonly from: number; readonly to: number; readonly resize: ResizeMatrix },
): Float32Array => {
  if (from === to) return positions
  const matrix = resize(from, to)
  const resized = new Float32Array((1 + to * to) * width)
  resized.set(positions.subarray(0, width))
  const sums = new Float64Array(width)
  const across = new Float64Array(from * to * width)
  for (let row = 0; row < from; row++)
    for (let column = 0; column < to; column++) {
      sums.fill(0)
      for (let k = 0; k < from; k++)
        addScaled(sums, positions.subarray((1 + row * from + k) * width), matrix[column * from + k]!)
      across.set(sums, (row * to + column) * width)
    }
  for (let row = 0; row < to; row++)
    for (let column = 0; column < to; column++) {
      sums.fill(0)
      for (let k = 0; k < from; k++)
        addScaled(sums, across.subarray((k * to + column) * width), matrix[row * from + k]!)
      resized.set(sums, (1 + row * to + column) * width)
    }
  return resized
}

const addScaled = (sums: Float64Array, values: ArrayLike<number>, factor: number): void => {
  if (factor === 0) return
  for (let i = 0; i < sums.length; i++) sums[i]! += factor * values[i]!
}
