import type { ImageMetric, PixelMetric } from '../results/index.ts'
import published from './published.json' with { type: 'json' }

/** Means over the categories of a data set, in percent with the digits that were published; what is not known is absent. */
export interface PublishedFigures {
  readonly image?: { readonly [metric in ImageMetric]?: number }
  readonly pixel?: { readonly [metric in PixelMetric]?: number }
}

/** What one source says of one method on one data set. */
export interface Published {
  readonly method: string
  readonly figures: PublishedFigures
  readonly source: {
    /** Two or three words for a table. */
    readonly label: string
    readonly words: string
    readonly url: string
  }
}

interface Group extends PublishedFigures {
  readonly method: string
  /** As `--dataset` has it. */
  readonly dataset: string
  readonly source: keyof typeof published.sources
}

/** Everything that was published on a data set, by the name that `--dataset` takes; the paper first. */
export const publishedOn = (dataset: string): readonly Published[] =>
  (published.figures as readonly Group[])
    .filter((group) => group.dataset === dataset)
    .map(({ method, source, image, pixel }) => ({
      method,
      figures: { ...(image ? { image } : {}), ...(pixel ? { pixel } : {}) },
      source: published.sources[source],
    }))

/** What was published of a method on a data set; nothing where nobody knows. */
export const publishedFor = (method: string, dataset: string): readonly Published[] =>
  publishedOn(dataset).filter((each) => each.method === method)
