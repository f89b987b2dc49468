import type { Mask } from '../../inspection/types.ts'

/**
 * Sets the pixels whose centres lie inside, by the even-odd rule; pixels set before stay.
 * @param points x, y, x, y …; pixel (x, y) covers the square from (x, y) to (x + 1, y + 1)
 */
export const fillPolygon = ({ width, height, data }: Mask, points: readonly number[]): void => {
  for (let y = 0; y < height; y++) {
    const crossings = crossingsAt(points, y + 0.5)
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const first = Math.max(0, Math.ceil(crossings[i] - 0.5))
      const end = Math.min(width, Math.ceil(crossings[i + 1] - 0.5))
      if (first < end) data.fill(1, y * width + first, y * width + end)
    }
  }
}

/** Where a horizontal line meets the outline, from left to right. */
const crossingsAt = (points: readonly number[], y: number): number[] => {
  const crossings = []
  for (let i = 0; i < points.length; i += 2) {
    const [x1, y1] = [points[i], points[i + 1]]
    const [x2, y2] = [points[(i + 2) % points.length], points[(i + 3) % points.length]]
    if (y1 <= y !== y2 <= y) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1))
  }
  return crossings.sort((a, b) => a - b)
}
