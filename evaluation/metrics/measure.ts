import { type Point, startCurve } from './curve.ts'
import type { Step, StepSink, Totals } from './steps.ts'

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

/** All that one pass over the scores can tell. Ties count as one threshold. @param steps each distinct score once, highest first */
export const measure = (steps: Iterable<Step>, totals: Totals): Measured => {
  const { sink, measured } = startMeasure(totals)
  for (const step of steps) sink.step(step)
  return measured()
}

/** The same, of steps that are brought to it. */
export const startMeasure = ({ positives, negatives, regions }: Totals) => {
  const isRanked = positives > 0 && negatives > 0
  const hasRegions = regions > 0 && negatives > 0
  let [truePositives, falsePositives, overlap] = [0, 0, 0]
  let [rankArea, ap, proArea] = [0, 0, 0]
  let [f1max, f1Threshold] = [-1, 0]
  const [roc, pro] = [startCurve(), startCurve()]

  /** Along a straight line to where the curves go on. */
  const moveBy = (newPositives: number, newNegatives: number, newOverlap: number): void => {
    const [fprBefore, proBefore] = [falsePositives / negatives, overlap / regions]
    // Half a win for each pair of equals.
    rankArea += newNegatives * (truePositives + newPositives / 2)
    truePositives += newPositives
    falsePositives += newNegatives
    overlap += newOverlap
    const fpr = falsePositives / negatives
    if (isRanked) roc.add(fpr, truePositives / positives)
    if (!hasRegions) return
    if (fprBefore < MAX_FPR && fpr > fprBefore)
      proArea += areaBelow([fprBefore, proBefore], [fpr, overlap / regions])
    pro.add(fpr, overlap / regions)
  }
  const sink: StepSink = {
    // Neither recall nor the best F1 has to do with them: F1 only falls.
    pass: (count) => moveBy(0, count, 0),
    step: (step) => {
      moveBy(step.positives, step.negatives, step.overlap)
      ap += (step.positives / positives) * (truePositives / (truePositives + falsePositives))
      const f1 = (2 * truePositives) / (truePositives + falsePositives + positives)
      if (f1 > f1max) {
        f1max = f1
        f1Threshold = step.score
      }
    },
  }
  const measured = (): Measured => ({
    auroc: isRanked ? rankArea / (positives * negatives) : null,
    ap: isRanked ? ap : null,
    f1max: isRanked ? f1max : null,
    f1Threshold: isRanked ? f1Threshold : null,
    aupro: hasRegions ? proArea / MAX_FPR : null,
    roc: isRanked ? roc.points() : [],
    pro: hasRegions ? pro.points() : [],
  })
  return { sink, measured }
}

/** Of the straight line between two points, as far as the integral goes. */
const areaBelow = ([x0, y0]: Point, [x1, y1]: Point): number => {
  const end = Math.min(x1, MAX_FPR)
  const yEnd = y0 + ((y1 - y0) * (end - x0)) / (x1 - x0)
  return ((end - x0) * (y0 + yEnd)) / 2
}
