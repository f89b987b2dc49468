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
  /** As the published code computes it; only where it was asked for. */
  readonly auproReference?: number | null
}

export interface CategoryMetrics {
  readonly image: ImageMetrics
  readonly pixel: PixelMetrics
}

/** Of one model on one data set. */
export interface Results {
  /** In the data set's order: a list, as JavaScript puts keys like "10" before all others. */
  readonly categories: readonly (readonly [name: string, CategoryMetrics])[]
  /** Over the categories in which each could be computed. */
  readonly mean: CategoryMetrics
}

/** `results.json`. */
export interface ResultsFile {
  readonly categories: Readonly<Record<string, CategoryMetrics>>
  readonly mean: CategoryMetrics
}

export const asFile = ({ categories, mean }: Results): ResultsFile => ({
  categories: Object.fromEntries(categories),
  mean,
})

export type ImageMetric = keyof ImageMetrics
export type PixelMetric = keyof PixelMetrics

export const resultsOf = (categories: Results['categories']): Results => {
  const all = categories.map(([, metrics]) => metrics)
  const references = all.flatMap(({ pixel }) =>
    pixel.auproReference === undefined ? [] : [pixel.auproReference],
  )
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
        ...(references.length === 0 ? {} : { auproReference: meanOf(references) }),
      },
    },
  }
}

const meanOf = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}
