import type { Step, Totals } from './steps.ts'

/** A point of a curve: x to the right, y up, both 0..1. */
export type Point = readonly [x: number, y: number]

export interface Measured {
  /** Area under the ROC curve; null without both kinds. */
  readonly auroc: number | null
  /** Average precision: Σ (recall gained) × precision over the distinct thresholds, without interpolation. */
  readonly ap: number | null
  /** Highest F1 over all thresholds. */
  readonly f1max: number | null
  /** The lowest score that counts as anomalous where F1 is highest. */
  readonly f1Threshold: number | null
  /** Area under the PRO curve to a false positive rate of 0.3, divided by 0.3 (Bergmann et al., IJCV 2021); null without regions. */
  readonly aupro: number | null
  readonly roc: readonly Point[]
  readonly pro: readonly Point[]
}

/** To which AUPRO is integrated. */
const MAX_FPR = 0.3
/** A point is left out of a curve that lies nearer to the one before than this. */
const RESOLUTION = 1 / 500

/** All that one pass over the scores can tell. Ties count as one threshold. @param steps each distinct score once, highest first */
export const measure = (steps: Iterable<Step>, { positives, negatives, regions }: Totals): Measured => {
  const isRanked = positives > 0 && negatives > 0
  const hasRegions = regions > 0 && negatives > 0
  let [truePositives, falsePositives, overlap] = [0, 0, 0]
  let [rankArea, ap, proArea] = [0, 0, 0]
  let [f1max, f1Threshold] = [-1, 0]
  const [roc, pro] = [curve(), curve()]

  for (const step of steps) {
    const [trueBefore, fprBefore, proBefore] = [truePositives, falsePositives / negatives, overlap / regions]
    truePositives += step.positives
    falsePositives += step.negatives
    overlap += step.overlap
    rankArea += step.negatives * (trueBefore + step.positives / 2)
    ap += (step.positives / positives) * (truePositives / (truePositives + falsePositives))
    const f1 = (2 * truePositives) / (truePositives + falsePositives + positives)
    if (f1 > f1max) [f1max, f1Threshold] = [f1, step.score]
    if (isRanked) roc.add(falsePositives / negatives, truePositives / positives)
    if (hasRegions) {
      proArea += areaBelow([fprBefore, proBefore], [falsePositives / negatives, overlap / regions])
      pro.add(falsePositives / negatives, overlap / regions)
    }
  }
  return {
    auroc: isRanked ? rankArea / (positives * negatives) : null,
    ap: isRanked ? ap : null,
    f1max: isRanked ? f1max : null,
    f1Threshold: isRanked ? f1Threshold : null,
    aupro: hasRegions ? proArea / MAX_FPR : null,
    roc: isRanked ? roc.points() : [],
    pro: hasRegions ? pro.points() : [],
  }
}

/** Of the straight line between two points, as far as the integral goes. */
const areaBelow = ([x0, y0]: Point, [x1, y1]: Point): number => {
  if (x0 >= MAX_FPR || x1 === x0) return 0
  const end = Math.min(x1, MAX_FPR)
  const yEnd = y0 + ((y1 - y0) * (end - x0)) / (x1 - x0)
  return ((end - x0) * (y0 + yEnd)) / 2
}

/** Collects a curve for the eye, from (0, 0): with half a billion thresholds, most points lie on top of each other. */
const curve = () => {
  const points: Point[] = [[0, 0]]
  let left: Point | null = null
  return {
    add: (x: number, y: number): void => {
      const [lastX, lastY] = points.at(-1)!
      if (x - lastX < RESOLUTION && y - lastY < RESOLUTION) left = [x, y]
      else {
        points.push([x, y])
        left = null
      }
    },
    points: (): readonly Point[] => (left === null ? points : [...points, left]),
  }
}
