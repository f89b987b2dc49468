import type { CategoryDetails, Scored } from '../../results/index.ts'
import { decimalBetween } from './decimal.ts'
import { type Effect, effectOf } from './effect.ts'
import { type OperatingPoint, operatingPoints, pointAtRate } from './points.ts'

/** Thresholds to choose from, as they are to be typed in. */
export interface Suggestion extends Effect {
  readonly score: string
  /** null = the map is not judged. */
  readonly pixel: string | null
  /** Upper 95 % bound of the rate at which later good parts are over; null = it cannot be said. */
  readonly bound: number | null
}

/** By how each was chosen; null where it could not be. */
export interface Suggestions {
  /** Where F1 is highest on these images, good and bad. */
  readonly f1max: Suggestion | null
  /** The lowest at which at most a share of the good images are alarms. */
  readonly rate: Suggestion | null
  /** Above 99 % of the good images, by score and by map: what `threshold-CATEGORY.json` holds. */
  readonly quantile: Suggestion | null
  /** For every other rate. */
  readonly points: readonly OperatingPoint[]
  readonly good: number
  readonly bad: number
  /** Area under the ROC curve of images, where it is no more than chance; a threshold on such scores is worth nothing. */
  readonly noBetterThanChance: number | null
}

export const suggestionsOf = ({ scored, image, threshold }: CategoryDetails, rate: number): Suggestions => {
  const good = scored.filter(({ label }) => label === 0).length
  const points = operatingPoints(scored)
  const point = pointAtRate(points, { good, rate })
  return {
    f1max:
      image.f1Threshold === null
        ? null
        : suggestion(scored, { score: image.f1Threshold, pixel: null, bound: null }),
    rate: point && { ...point, score: point.threshold, pixel: null },
    quantile: threshold && suggestion(scored, { ...threshold, bound: threshold.falseRejectBound }),
    points,
    good,
    bad: scored.length - good,
    noBetterThanChance: image.auroc !== null && image.auroc <= 0.5 ? image.auroc : null,
  }
}

const suggestion = (
  scored: readonly Scored[],
  {
    score,
    pixel,
    bound,
  }: { readonly score: number; readonly pixel: number | null; readonly bound: number | null },
): Suggestion => ({
  score: written(
    score,
    scored.map((image) => image.score),
  ),
  pixel:
    pixel === null
      ? null
      : written(
          pixel,
          scored.map((image) => image.peak),
        ),
  bound,
  ...effectOf(scored, { score, pixel }),
})

const written = (threshold: number, values: readonly number[]): string => {
  const below = values
    .filter((value) => value < threshold)
    .reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const above = values.filter((value) => value >= threshold).reduce((a, b) => Math.min(a, b), 1)
  return decimalBetween(threshold, { below, above }) ?? String(threshold)
}
