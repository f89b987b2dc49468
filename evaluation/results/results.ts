/** Of images; null = cannot be computed, as with images of one class alone. Fractions of 1. */
export interface ImageMetrics {
  readonly auroc: number | null
  readonly ap: number | null
  readonly f1max: number | null
}

/** Of pixels at the model's S × S; null = there are no masks. */
export interface PixelMetrics extends ImageMetrics {
  /** Exact, to a false positive rate of 0.3. */
  readonly aupro: number | null
}

export interface CategoryMetrics {
  readonly image: ImageMetrics
  readonly pixel: PixelMetrics
}

/** `results.json` of one model on one data set. */
export interface Results {
  readonly categories: Readonly<Record<string, CategoryMetrics>>
  /** Over the categories in which each could be computed. */
  readonly mean: CategoryMetrics
}

export type ImageMetric = keyof ImageMetrics
export type PixelMetric = keyof PixelMetrics

/** In the order of the paper's tables: images first, AUROC before AP. */
export const IMAGE_METRICS = ['auroc', 'ap', 'f1max'] as const satisfies readonly ImageMetric[]
export const PIXEL_METRICS = ['auroc', 'aupro', 'ap', 'f1max'] as const satisfies readonly PixelMetric[]

export const resultsOf = (categories: Readonly<Record<string, CategoryMetrics>>): Results => {
  const all = Object.values(categories)
  return {
    categories,
    mean: {
      image: {
        auroc: meanOf(all.map(({ image }) => image.auroc)),
        ap: meanOf(all.map(({ image }) => image.ap)),
        f1max: meanOf(all.map(({ image }) => image.f1max)),
      },
      pixel: {
        auroc: meanOf(all.map(({ pixel }) => pixel.auroc)),
        ap: meanOf(all.map(({ pixel }) => pixel.ap)),
        f1max: meanOf(all.map(({ pixel }) => pixel.f1max)),
        aupro: meanOf(all.map(({ pixel }) => pixel.aupro)),
      },
    },
  }
}

const meanOf = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}
