import { chooseThresholds, type Recommendation } from '../../inspection/calibration/index.ts'
import type { Scored } from '../results/index.ts'

/** Share of the good parts that pass. */
const QUANTILE = 0.99

/**
 * Thresholds for the node `threshold`, chosen as it would choose them itself: above 99 % of the good parts. Bad ones have no say, as a
 * line has few of them and not those to come; the report shows what the thresholds would have done to them.
 * @returns null without good parts, or when their scores reach 1
 */
export const recommend = (
  scored: readonly Scored[],
  { name, version, className }: NonNullable<Recommendation['model']>,
): Recommendation | null => {
  const good = scored.filter(({ label }) => label === 0)
  if (good.length === 0) return null
  const { score, pixel, falseRejectBound } = chooseThresholds(
    { scores: good.map((part) => part.score), peaks: good.map(({ peak }) => peak) },
    { rule: 'quantile', quantile: QUANTILE, rate: 1, margin: 0, pixel: true, configuredPixel: null },
  )
  if (score === null) return null
  return {
    format: 'anomalyclip-threshold',
    version: 1,
    score,
    warning: null,
    pixel,
    // The peaks above are those of single pixels.
    minArea: 0,
    goodParts: good.length,
    falseRejectBound,
    model: { name, version, ...(className === undefined ? {} : { className }) },
  }
}
