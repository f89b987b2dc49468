import { blocksAllowed, falseRejectBound, partsNeeded } from './bound.ts'

/** What was measured on good parts; the two arrays are paired, one entry a part. */
export interface GoodParts {
  readonly scores: readonly number[]
  /** Of each map, the highest pixel threshold at which it would still be anomalous (`peakOf`). */
  readonly peaks: readonly number[]
}

/** How a threshold is chosen from good parts. */
export interface CalibrationRule {
  readonly rule: 'quantile' | 'rate'
  /** Rule `quantile`: share of the good parts that must lie below each threshold, 0.5..1. */
  readonly quantile: number
  /** Rule `rate`: false-reject rate of score and map together that must be vouched for with 95 % confidence. */
  readonly rate: number
  /** Share of the way from the good parts to 1 by which a threshold is raised, 0 ≤ margin < 1. */
  readonly margin: number
  /** Whether the map gets a threshold too. */
  readonly pixel: boolean
  /** Where it gets none: the pixel threshold that the settings have for it; null = the map is not judged. */
  readonly configuredPixel: number | null
}

export interface ChosenThresholds {
  /** Strictly above the good parts that are to pass; null when they reach 1, so that no score could be over. */
  readonly score: number | null
  /** As `score`, for the map, or the configured one; null also when there is neither. */
  readonly pixel: number | null
  /** Just above the median score: half of the good parts lie below it, so an alarm that waits for it can clear. */
  readonly aboveMedian: number
  /** Upper 95 % bound of the rate at which later good parts are over by score or map. */
  readonly falseRejectBound: number
  /** Rule `rate`: good parts that the wanted rate would need, when there are fewer; else null. */
  readonly partsNeeded: number | null
}

/**
 * Chooses thresholds from good parts. The score is compared in float64, the map in float32, and each threshold lies at
 * least one step above the good part it was taken from: scores that crowd below 1 (0.99999) still get a threshold that
 * good parts stay under and worse ones exceed.
 * @param parts at least one
 * @example choose({scores: [0.2, 0.4], peaks: [0.5, 0.5]}, {rule: 'quantile', quantile: 1, rate: 0.01, margin: 0.1,
 *   pixel: false, configuredPixel: null})
 *   // score 0.46, falseRejectBound 0.776
 */
export const chooseThresholds = (parts: GoodParts, rule: CalibrationRule): ChosenThresholds => {
  if (!rule.pixel && rule.configuredPixel !== null) return besideConfigured(parts, rule, rule.configuredPixel)
  const both = cut(parts, rule, { score: true, pixel: rule.pixel })
  if (!rule.pixel || (both.score === null) === (both.pixel === null)) return both
  // One of the two reaches 1 and cannot reject anything: the other one gets the whole rate.
  return cut(parts, rule, { score: both.score !== null, pixel: both.pixel !== null })
}

/**
 * The scores of the good parts that pass, but for the one that the score threshold was taken from: the others are then
 * spread like later parts that pass, while that one is above all of these by construction. With a few parts the drift
 * tests would take it for a finding.
 */
export const passingScores = (
  { scores, peaks }: GoodParts,
  { score, pixel }: Pick<ChosenThresholds, 'score' | 'pixel'>,
): readonly number[] => {
  const passing = scores.filter(
    (good, part) => (score === null || good < score) && (pixel === null || peaks[part]! < pixel),
  )
  const boundary = passing.findIndex((good) => nextFloat64(good) === score)
  return boundary < 0 ? passing : passing.toSpliced(boundary, 1)
}

/**
 * A configured pixel threshold stays as it is. The good parts that it rejects bound its own rate (Clopper and Pearson). It
 * adds to the rate of the score; as the bounds are two, each gets half of the 5 % (Bonferroni).
 */
const besideConfigured = (parts: GoodParts, rule: CalibrationRule, pixel: number): ChosenThresholds => {
  const n = parts.scores.length
  const use = { score: true, pixel: false }
  const rejected = parts.peaks.filter((peak) => peak >= pixel).length
  const [byScore, byMap] = [blocksOf(n, rule, use).score, rejected + 1].map((blocks) =>
    falseRejectBound(n, blocks, 0.975),
  )
  return { ...cut(parts, rule, use), pixel, falseRejectBound: Math.min(1, byScore! + byMap!) }
}

interface Use {
  readonly score: boolean
  readonly pixel: boolean
}

/** How many of the largest scores, and of the largest peaks, a rule gives up; of each that is used, at least one. */
const blocksOf = (n: number, rule: CalibrationRule, use: Use) => {
  const fewest = Number(use.score) + Number(use.pixel)
  const allowed = rule.rule === 'rate' ? blocksAllowed(n, rule.rate) : 0
  const blocks = Math.max(allowed, fewest)
  // 1e-9: 0.1 × 10 must allow one part, although 1 − 0.9 is a little less than 0.1.
  const perQuantile = Math.min(n, Math.floor((1 - rule.quantile) * n + 1e-9) + 1)
  const score = !use.score ? 0 : rule.rule === 'quantile' ? perQuantile : Math.ceil(blocks / fewest)
  const pixel = !use.pixel ? 0 : rule.rule === 'quantile' ? perQuantile : blocks - score
  return { score, pixel, tooFew: rule.rule === 'rate' && allowed < fewest ? fewest : null }
}

const cut = ({ scores, peaks }: GoodParts, rule: CalibrationRule, use: Use): ChosenThresholds => {
  const n = scores.length
  const { score: scoreBlocks, pixel: pixelBlocks, tooFew } = blocksOf(n, rule, use)
  return {
    score: use.score ? usable(raised(nthLargest(scores, scoreBlocks), nextFloat64, rule.margin)) : null,
    pixel: use.pixel ? usable(raised(nthLargest(peaks, pixelBlocks), nextFloat32, rule.margin)) : null,
    aboveMedian: nextFloat64(nthLargest(scores, Math.ceil((n + 1) / 2))),
    falseRejectBound: falseRejectBound(n, scoreBlocks + pixelBlocks),
    partsNeeded: tooFew === null ? null : partsNeeded(rule.rate, tooFew),
  }
}

const nthLargest = (values: readonly number[], n: number): number => values.toSorted((a, b) => b - a)[n - 1]!

const raised = (value: number, next: (value: number) => number, margin: number): number =>
  Math.max(next(value), value + margin * (1 - value))

/** Scores and maps are probabilities: a threshold above 1 would let everything pass. */
const usable = (threshold: number): number | null => (threshold > 1 ? null : threshold)

const float64 = new Float64Array(1)
const bits64 = new BigInt64Array(float64.buffer)
const float32 = new Float32Array(1)
const bits32 = new Int32Array(float32.buffer)

/** The next larger float64 of a finite number. */
const nextFloat64 = (value: number): number => {
  float64[0] = value + 0 // −0 becomes 0
  bits64[0]! += value < 0 ? -1n : 1n
  return float64[0]
}

/** The next larger float32: a map holds float32, and whoever rounds the threshold to it must still be above. */
const nextFloat32 = (value: number): number => {
  float32[0] = value + 0
  bits32[0]! += value < 0 ? -1 : 1
  return float32[0]
}
