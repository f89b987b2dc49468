/** A point of a curve: x to the right, y up, both 0..1. */
export type Point = readonly [x: number, y: number]

/** A point is left out of a curve that lies nearer to the one before than this. */
const RESOLUTION = 1 / 500

/** Collects a curve for the eye, from (0, 0): with half a billion thresholds, most points lie on top of each other. */
export const startCurve = () => {
  const points: Point[] = [[0, 0]]
  let [keptX, keptY] = [0, 0]
  let [x, y] = [0, 0]
  return {
    /** Neither x nor y ever goes back. */
    add: (nextX: number, nextY: number): void => {
      x = nextX
      y = nextY
      if (x - keptX < RESOLUTION && y - keptY < RESOLUTION) return
      points.push([x, y])
      keptX = x
      keptY = y
    },
    points: (): readonly Point[] => (x === keptX && y === keptY ? points : [...points, [x, y]]),
  }
}
