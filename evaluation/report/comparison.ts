import { type Published, publishedFor, publishedOn } from '../paper/index.ts'
import { type Column, columnsOf, resultsFrom, valuesOf } from '../results/index.ts'
import type { Shown } from './reported.ts'

/** In the order of the columns; null where there is none. */
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
  readonly columns: readonly Column[]
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
  const means = shown.map(({ details }) => resultsFrom(details).mean)
  const columns = columnsOf(means)
  return {
    columns,
    models: shown.map((model, place) => {
      const { details } = model
      const ours = valuesOf(means[place]!, columns)
      const against = publishedFor(details.model.method, details.dataset).map((published) => {
        const figures = figuresOf(published, columns)
        return { published, figures, difference: differenceOf(ours, figures) }
      })
      return { model, ours, against }
    }),
    others: publishedOn(shown[0]!.details.dataset)
      .filter(({ method }) => !methods.has(method))
      .map((published) => ({ published, figures: figuresOf(published, columns) })),
  }
}

/** What was published of AUPRO was computed by the published code: it stands beside ours of that kind where there is one. */
const figuresOf = (
  { figures: { image = {}, pixel = {} } }: Published,
  columns: readonly Column[],
): Figures => {
  const isReference = columns.some(({ metric }) => metric === 'auproReference')
  const aupro = pixel.aupro ?? null
  return valuesOf(
    {
      image: { auroc: image.auroc ?? null, ap: image.ap ?? null, f1max: image.f1max ?? null },
      pixel: {
        auroc: pixel.auroc ?? null,
        aupro: isReference ? null : aupro,
        auproReference: isReference ? aupro : null,
        ap: pixel.ap ?? null,
        f1max: pixel.f1max ?? null,
      },
    },
    columns,
  )
}

const differenceOf = (ours: Figures, theirs: Figures): Figures =>
  ours.map((value, i) => {
    const published = theirs[i] ?? null
    return value === null || published === null ? null : 100 * value - published
  })
