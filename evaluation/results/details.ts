import type { Recommendation } from '../../inspection/calibration/index.ts'
import type { Aupro, Measured } from '../metrics/index.ts'
import type { CategoryMetrics } from './results.ts'

/** An image and what the model says of it. */
export interface Scored {
  /** Of the image, below the root of its data set, with `/`; and which part of it, where it was cut. */
  readonly name: string
  readonly label: 0 | 1
  readonly score: number
  /** Highest value of its map. */
  readonly peak: number
}

/** An image on the wrong side, with what there is to see: files below the folder of `details.json`. */
export interface WorstCase {
  readonly name: string
  readonly score: number
  readonly image: string
  /** null where nobody has drawn the defect. */
  readonly truth: string | null
  /** The anomaly map, in colours. */
  readonly map: string
}

export interface CategoryDetails {
  /** As it stood in the prompts; null of a method that takes none. */
  readonly className: string | null
  readonly metrics: CategoryMetrics
  readonly image: Measured
  /** null where there are no masks. */
  readonly pixel: Measured | null
  readonly scored: readonly Scored[]
  /** What could not be scored, and why. */
  readonly failed: readonly { readonly name: string; readonly reason: string }[]
  readonly threshold: Recommendation | null
  /** Worst first: anomalous images of the lowest scores, good ones of the highest. */
  readonly worst: { readonly misses: readonly WorstCase[]; readonly falseAlarms: readonly WorstCase[] }
}

/** `details.json`: all that the report shows of one model on one data set, beside the pictures of the worst cases. */
export interface Details {
  readonly format: 'anomalyclip-evaluation'
  readonly version: 1
  /** What `--dataset` was given. */
  readonly dataset: string
  /** Last part of the root's path: the page is passed on, and the rest is nobody's business. */
  readonly root: string
  readonly model: {
    readonly name: string
    readonly method: string
    readonly version: string
    readonly imageSize: number
    /** Files that it was built from, with where they are published; null = not known. */
    readonly sources?: readonly {
      readonly role: string
      readonly file: string
      readonly url: string | null
    }[]
  }
  readonly aupro: Aupro
  /** Whether each image was cut into three; of sdd alone. */
  readonly thirds?: boolean
  /** What `--class` was given. */
  readonly chosenClass?: string
  /** Images of each category at most; null = all. */
  readonly limit: number | null
  readonly categories: Readonly<Record<string, CategoryDetails>>
  /** Names of the categories in the data set's order; JavaScript puts keys like "10" before all others. */
  readonly order?: readonly string[]
  /** What of the data set could not be read, in words. */
  readonly problems: readonly string[]
}

/** Each category with its name, in the data set's order where that was kept. */
export const categoriesOf = ({
  categories,
  order = [],
}: Pick<Details, 'categories' | 'order'>): (readonly [name: string, CategoryDetails])[] => {
  const found = new Map(Object.entries(categories))
  return [...new Set([...order, ...found.keys()])].flatMap((name) => {
    const category = found.get(name)
    return category ? [[name, category] as const] : []
  })
}
