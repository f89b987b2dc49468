import { csvText } from './csv.ts'
import { type CategoryMetrics, IMAGE_METRICS, PIXEL_METRICS, type Results } from './results.ts'

const NAMES = { auroc: 'AUROC', ap: 'AP', f1max: 'F1-max', aupro: 'AUPRO' } as const

/** Name of the row that stands for all categories. */
const MEAN = 'mean'

/** As a table in percent, one row a category and the mean last; what could not be computed is a dash. */
export const tableRows = (results: Results): string[][] => [
  ['category', ...TITLES],
  ...rowsOf(results).map(([name, metrics]) => [name, ...valuesOf(metrics).map(inPercent)]),
]

/** The means of several models side by side, as `tableRows`. */
export const comparisonRows = (models: Readonly<Record<string, Results>>): string[][] => [
  ['model', ...TITLES],
  ...Object.entries(models).map(([name, { mean }]) => [name, ...valuesOf(mean).map(inPercent)]),
]

/** As CSV in fractions of 1, not rounded; what could not be computed is empty. */
export const csvOf = (results: Results): string =>
  csvText([
    ['category', ...COLUMNS],
    ...rowsOf(results).map(([name, metrics]) => [name, ...fractions(metrics)]),
  ])

/** All rows of several models, as `csvOf`. */
export const comparisonCsv = (models: Readonly<Record<string, Results>>): string =>
  csvText([
    ['model', 'category', ...COLUMNS],
    ...Object.entries(models).flatMap(([model, results]) =>
      rowsOf(results).map(([name, metrics]) => [model, name, ...fractions(metrics)]),
    ),
  ])

/** What each of `valuesOf` is. */
export const METRICS: readonly { readonly of: 'image' | 'pixel'; readonly name: string }[] = [
  ...IMAGE_METRICS.map((metric) => ({ of: 'image', name: NAMES[metric] }) as const),
  ...PIXEL_METRICS.map((metric) => ({ of: 'pixel', name: NAMES[metric] }) as const),
]

const TITLES = METRICS.map(({ of, name }) => `${of} ${name}`)
const COLUMNS = [
  ...IMAGE_METRICS.map((name) => `image_${name}`),
  ...PIXEL_METRICS.map((name) => `pixel_${name}`),
]

const rowsOf = ({ categories, mean }: Results): [string, CategoryMetrics][] => [
  ...Object.entries(categories),
  [MEAN, mean],
]

/** In the order of `METRICS`. */
export const valuesOf = ({ image, pixel }: CategoryMetrics): (number | null)[] => [
  ...IMAGE_METRICS.map((name) => image[name]),
  ...PIXEL_METRICS.map((name) => pixel[name]),
]

/** A fraction of 1 with one decimal; a dash for what could not be computed. */
export const inPercent = (value: number | null): string => (value === null ? '–' : (100 * value).toFixed(1))

const fractions = (metrics: CategoryMetrics): (number | string)[] =>
  valuesOf(metrics).map((value) => value ?? '')
