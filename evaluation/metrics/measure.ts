import { type Point, startCurve } from './curve.ts'
import type { StepSink, Steps, Totals } from './steps.ts'

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
  /** As the published code computes it; only where it was asked for. */
  readonly auproReference?: number | null
  readonly roc: readonly Point[]
  readonly pro: readonly Point[]
}

/** To which AUPRO is integrated. */
const MAX_FPR = 0.3

/** All that one pass over the scores can tell. Ties count as one threshold. */
export const measure = (steps: Steps, totals: Totals): Measured => {
  const { sink, measured } = startMeasure(totals)
  sink.take(steps)
  return measured()
}

/** The same, of steps that are brought to it. */
export const startMeasure = ({ positives, negatives, regions }: Totals) => {
  const isRanked = positives > 0 && negatives > 0
  const hasRegions = regions > 0 && negatives > 0
  // Fields, not variables: V8 makes an object of each number that a variable of a closure is set to.
  const so = { truePositives: 0, falsePositives: 0, overlap: 0, fpr: 0, pro: 0 }
  const areas = { rank: 0, ap: 0, pro: 0 }
  const best = { f1: -1, threshold: 0 }
  const [roc, pro] = [startCurve(), startCurve()]

  /** Along a straight line to where the curves go on. */
  const moveBy = (newPositives: number, newNegatives: number, newOverlap: number): void => {
    // Half a win for each pair of equals.
    areas.rank += newNegatives * (so.truePositives + newPositives / 2)
    so.truePositives += newPositives
    so.falsePositives += newNegatives
    so.overlap += newOverlap
    const [fprBefore, proBefore] = [so.fpr, so.pro]
    so.fpr = so.falsePositives / negatives
    so.pro = so.overlap / regions
    if (isRanked) roc.add(so.fpr, so.truePositives / positives)
    if (!hasRegions) return
    areas.pro += areaBelow(fprBefore, proBefore, so.fpr, so.pro)
    pro.add(so.fpr, so.pro)
  }
  const sink: StepSink = {
    take: (steps) => {
      for (let i = 0; i < steps.count; i++) {
        const gained = steps.positives[i]!
        // Neither recall nor the best F1 has to do with good ones in between: F1 only falls.
        if (steps.passed[i]! > 0) moveBy(0, steps.passed[i]!, 0)
        moveBy(gained, steps.negatives[i]!, steps.overlaps[i]!)
        const predicted = so.truePositives + so.falsePositives
        // A mark may be above all scores, where nothing is predicted yet.
        if (gained > 0) areas.ap += (gained / positives) * (so.truePositives / predicted)
        const f1 = (2 * so.truePositives) / (predicted + positives)
        if (f1 > best.f1) {
          best.f1 = f1
          best.threshold = steps.scores[i]!
        }
      }
    },
    end: (passed) => {
      if (passed > 0) moveBy(0, passed, 0)
    },
  }
  const measured = (): Measured => ({
    auroc: isRanked ? areas.rank / (positives * negatives) : null,
    ap: isRanked ? areas.ap : null,
    f1max: isRanked ? best.f1 : null,
    f1Threshold: isRanked ? best.threshold : null,
    aupro: hasRegions ? areas.pro / MAX_FPR : null,
    roc: isRanked ? roc.points() : [],
    pro: hasRegions ? pro.points() : [],
  })
  return { sink, measured }
}

/** Of the straight line between two points, as far as the integral goes. */
const areaBelow = (x0: number, y0: number, x1: number, y1: number): number => {
  if (x0 >= MAX_FPR || x1 === x0) return 0
  const end = Math.min(x1, MAX_FPR)
  const yEnd = y0 + ((y1 - y0) * (end - x0)) / (x1 - x0)
  return ((end - x0) * (y0 + yEnd)) / 2
}
