import { bisectRight } from 'd3-array'
import { falseRejectBound } from '../../../inspection/calibration/index.ts'
import type { Scored } from '../../results/index.ts'
import { decimalBetween } from './decimal.ts'
import { type Effect, effectOf } from './effect.ts'

/** A threshold on the score, and what it would have done. */
export interface OperatingPoint extends Effect {
  /** In as few digits as divide these images in this way. */
  readonly threshold: string
  /** Upper 95 % bound of the rate at which later good parts are over it. */
  readonly bound: number
}

/** Of good images: more false alarms than that are nobody's target. */
export const HIGHEST_RATE = 0.1

/**
 * For each number of false alarms that is possible, the lowest threshold that has no more; fewest false alarms first. None where so many good
 * images have a score of 1 that no threshold could be above.
 */
export const operatingPoints = (scored: readonly Scored[]): readonly OperatingPoint[] => {
  const good = scored
    .filter(({ label }) => label === 0)
    .map(({ score }) => score)
    .sort((a, b) => b - a)
  const ascending = Float64Array.from(scored, ({ score }) => score).sort()
  return good.slice(0, allowedAlarms(good.length, HIGHEST_RATE) + 1).flatMap((below, alarms) => {
    // Of equal scores the threshold lies above the first: alarms come all at once or not at all.
    if (below === good[alarms - 1]) return []
    const threshold = decimalBetween(below, {
      below,
      above: ascending[bisectRight(ascending, below)] ?? 1,
    })
    if (threshold === null) return []
    const effect = effectOf(scored, { score: Number(threshold), pixel: null })
    return [{ threshold, ...effect, bound: falseRejectBound(good.length, alarms + 1) }]
  })
}

/** The point whose share of good images that are alarms is the highest within the target. */
export const pointAtRate = (
  points: readonly OperatingPoint[],
  { good, rate }: { readonly good: number; readonly rate: number },
): OperatingPoint | null =>
  points.findLast(({ falseAlarms }) => falseAlarms <= allowedAlarms(good, rate)) ?? null

/** 1e-9: one in ten of ten is one, although the product of the floats may be a little less. */
const allowedAlarms = (good: number, rate: number): number => Math.floor(good * rate + 1e-9)
