import { type Published, publishedFor, publishedOn } from '../paper/index.ts'
import { resultsFrom, valuesOf } from '../results/index.ts'
import type { Shown } from './reported.ts'

/** In the order of `METRICS`; null where there is none. */
export type Figures = readonly (number | null)[]

/** What was published, and how far from it we are. */
export interface Compared {
  readonly published: Published
  /** Percent, as they were published. */
  readonly figures: Figures
  /** Percentage points, ours less theirs. */
  readonly difference: Figures
}

export interface Comparison {
  readonly models: readonly {
    readonly model: Shown
    /** Fractions of 1, means over the categories. */
    readonly ours: Figures
    readonly against: readonly Compared[]
  }[]
  /** Of methods that were not measured here. */
  readonly others: readonly { readonly published: Published; readonly figures: Figures }[]
}

/** Each model beside what was published of its method on this data set. */
export const compare = (shown: readonly Shown[]): Comparison => {
  const methods = new Set(shown.map(({ details }) => details.model.method))
  return {
    models: shown.map((model) => {
      const { details } = model
      const ours = valuesOf(resultsFrom(details).mean)
      const against = publishedFor(details.model.method, details.dataset).map((published) => {
        const figures = figuresOf(published)
        return { published, figures, difference: differenceOf(ours, figures) }
      })
      return { model, ours, against }
    }),
    others: publishedOn(shown[0]!.details.dataset)
      .filter(({ method }) => !methods.has(method))
      .map((published) => ({ published, figures: figuresOf(published) })),
  }
}

const figuresOf = ({ figures: { image = {}, pixel = {} } }: Published): Figures =>
  valuesOf({
    image: { auroc: image.auroc ?? null, ap: image.ap ?? null, f1max: image.f1max ?? null },
    pixel: {
      auroc: pixel.auroc ?? null,
      aupro: pixel.aupro ?? null,
      ap: pixel.ap ?? null,
      f1max: pixel.f1max ?? null,
    },
  })

const differenceOf = (ours: Figures, theirs: Figures): Figures =>
  ours.map((value, i) => {
    const published = theirs[i] ?? null
    return value === null || published === null ? null : 100 * value - published
  })
