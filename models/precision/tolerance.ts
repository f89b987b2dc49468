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

/** What every self-test lets pass; far above what fp32 differs by between devices, far below what moves a verdict. */
export const LEAST_TOLERANCE = 1e-2

/** Another device rounds at other places, so that its difference is another one of the same size. */
const MARGIN = 2

/**
 * What the self-test of a model lets score and map differ by from fp32, given how far the machine that built it is on the test's own image.
 * Rounded up to thousandths, for people to read.
 */
export const toleranceFor = ({ score, map }: Drift): number =>
  Math.max(LEAST_TOLERANCE, Math.ceil(MARGIN * Math.max(score.max, map.max) * 1000) / 1000)
