import type { StepSink, Totals } from './steps.ts'

const THRESHOLDS = 200
const MAX_FPR = 0.3

/**
 * AUPRO as the published code of AnomalyCLIP computes it: at 200 thresholds between the lowest and the highest value in float32, those
 * with a false positive rate below 0.3 stretched to 0..1 and integrated by trapezoids. Not exact, and comparable with the paper's figures.
 * @param range lowest and highest value of all maps
 */
export const referenceAupro = (
  { negatives, regions }: Totals,
  range: readonly [lowest: number, highest: number],
) => {
  const canBe = regions > 0 && negatives > 0 && range[0] < range[1]
  // From the highest down, as the steps come.
  const thresholds = canBe ? float32Range(range[0], range[1]).reverse() : []
  const points: [fpr: number, pro: number][] = []
  let [falsePositives, overlap] = [0, 0]
  const point = (): void => void points.push([falsePositives / negatives, overlap / regions])
  const sink: StepSink = {
    take: (steps) => {
      for (let i = 0; i < steps.count; i++) {
        falsePositives += steps.passed[i]!
        // Above a threshold are those that came before.
        while (points.length < thresholds.length && steps.scores[i]! <= thresholds[points.length]!) point()
        falsePositives += steps.negatives[i]!
        overlap += steps.overlaps[i]!
      }
    },
    // Below the lowest threshold nothing counts.
    end: () => {},
  }
  return {
    /** There has to be a step at each of them. */
    thresholds,
    sink,
    /** Once all steps have come. null where it cannot be computed: without regions, on constant maps, with fewer than two thresholds below 0.3 */
    area: (): number | null => stretchedArea(points.filter(([fpr]) => fpr < MAX_FPR)),
  }
}

/** By trapezoids, x stretched to 0..1. */
const stretchedArea = (points: readonly (readonly [x: number, y: number])[]): number | null => {
  const [first, last] = [points[0]?.[0], points.at(-1)?.[0]]
  if (first === undefined || last === undefined || first === last) return null
  let area = 0
  for (let i = 1; i < points.length; i++) {
    const [[x0, y0], [x1, y1]] = [points[i - 1]!, points[i]!]
    area += ((x1 - x0) / (last - first)) * ((y0 + y1) / 2)
  }
  return area
}

/** numpy's `arange(lowest, highest, (highest - lowest) / 200)` of float32 values: their rounding decides which pixels lie above. */
const float32Range = (lowest: number, highest: number): number[] => {
  const f = Math.fround
  const step = f(f(highest - lowest) / THRESHOLDS)
  const difference = f(f(lowest + step) - lowest)
  return Array.from({ length: Math.ceil((highest - lowest) / step) }, (_, i) => f(lowest + f(i * difference)))
}
