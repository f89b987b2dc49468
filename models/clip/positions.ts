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

/**
 * Position embeddings [1 + from², width] for another grid [1 + to², width]: the class row is kept, the grid resized
 * bilinearly (AnomalyCLIP; other methods resize otherwise).
 */
export const resizePositions = (
  positions: Float32Array,
  width: number,
  from: number,
  to: number,
): Float32Array => {
  if (from === to) return positions
  const resized = new Float32Array((1 + to * to) * width)
  resized.set(positions.subarray(0, width))
  for (let row = 0; row < to; row++) {
    const [top, bottom, down] = tap(row, from, to)
    for (let column = 0; column < to; column++) {
      const [left, right, across] = tap(column, from, to)
      const corner = (y: number, x: number): number => (1 + y * from + x) * width
      const corners = [corner(top, left), corner(top, right), corner(bottom, left), corner(bottom, right)]
      const weights = [(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across]
      const target = (1 + row * to + column) * width
      for (let channel = 0; channel < width; channel++) {
        let sum = 0
        for (let i = 0; i < 4; i++) sum += weights[i]! * positions[corners[i]! + channel]!
        resized[target + channel] = sum
      }
    }
  }
  return resized
}
