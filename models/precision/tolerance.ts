/** How far a model is from itself in fp32, over some images. */
export interface Drift {
  readonly images: number
  readonly score: { readonly max: number; readonly mean: number }
  readonly map: {
    readonly max: number
    readonly mean: number
    /** Pearson's, of the image on which the two maps are least alike; null where a map is flat. */
    readonly correlation: number | null
  }
}

/** How far off a score and a map may be, or are. */
export interface Differences {
  readonly score: number
  /** Anywhere in the map. */
  readonly map: number
  /** Over all of the map: a wrong map may be right where it is largest. */
  readonly mapMean: number
}

/** What every self-test lets pass; far above what fp32 differs by between devices, far below what moves a verdict. */
export const LEAST_TOLERANCE: Differences = { score: 0.01, map: 0.01, mapMean: 0.002 }

/** A model that is further from itself in fp32 is not the same model: thresholds and verdicts would not carry over. */
export const MOST_DRIFT: Differences = { score: 0.2, map: 0.3, mapMean: 0.05 }

/** Another device rounds at other places, so that its difference is another one of the same size. */
const MARGIN = 2

/**
 * What the self-test of a model lets score and map differ by from fp32, given how far each of them is on the test's own image where the model is built. Never
 * more than a build may differ by. Rounded up to ten-thousandths, for people to read.
 */
export const toleranceFor = ({ score, map }: Drift): Differences => {
  const allowed = (found: number, which: keyof Differences): number => {
    const wanted = Math.ceil(MARGIN * found * 10_000) / 10_000
    return Math.min(Math.max(LEAST_TOLERANCE[which], wanted), MOST_DRIFT[which])
  }
  return {
    score: allowed(score.max, 'score'),
    map: allowed(map.max, 'map'),
    mapMean: allowed(map.mean, 'mapMean'),
  }
}
