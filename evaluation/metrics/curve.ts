/** A point of a curve: x to the right, y up, both 0..1. */
export type Point = readonly [x: number, y: number]

/** A point is left out of a curve that lies nearer to the one before than this. */
const RESOLUTION = 1 / 500

/** Collects a curve for the eye, from (0, 0): with half a billion thresholds, most points lie on top of each other. */
export const startCurve = () => {
  const points: Point[] = [[0, 0]]
  const kept = { x: 0, y: 0 }
  const end = { x: 0, y: 0 }
  return {
    /** Neither x nor y ever goes back. */
    add: (x: number, y: number): void => {
      end.x = x
      end.y = y
      if (x - kept.x < RESOLUTION && y - kept.y < RESOLUTION) return
      points.push([x, y])
      kept.x = x
      kept.y = y
    },
    points: (): readonly Point[] =>
      end.x === kept.x && end.y === kept.y ? points : [...points, [end.x, end.y]],
  }
}
