import { csvText } from './csv.ts'
import type { CategoryMetrics, ImageMetric, PixelMetric, Results } from './results.ts'

/** One figure of a row: which, and how it is called. */
export type Column =
  | { readonly of: 'image'; readonly metric: ImageMetric; readonly name: string }
  | { readonly of: 'pixel'; readonly metric: PixelMetric; readonly name: string }

/** In the order of the paper's tables: images first, AUROC before AP. */
const COLUMNS: readonly Column[] = [
  { of: 'image', metric: 'auroc', name: 'AUROC' },
  { of: 'image', metric: 'ap', name: 'AP' },
  { of: 'image', metric: 'f1max', name: 'F1-max' },
  { of: 'pixel', metric: 'auroc', name: 'AUROC' },
  { of: 'pixel', metric: 'aupro', name: 'AUPRO' },
  { of: 'pixel', metric: 'auproReference', name: 'AUPRO (reference)' },
  { of: 'pixel', metric: 'ap', name: 'AP' },
  { of: 'pixel', metric: 'f1max', name: 'F1-max' },
]

/** What there is of these rows: AUPRO as the published code computes it only where some row has it. */
export const columnsOf = (rows: readonly CategoryMetrics[]): readonly Column[] =>
  COLUMNS.filter(
    ({ metric }) =>
      metric !== 'auproReference' || rows.some(({ pixel }) => pixel.auproReference !== undefined),
  )

/** In the order of the columns. */
export const valuesOf = ({ image, pixel }: CategoryMetrics, columns: readonly Column[]): (number | null)[] =>
  columns.map((column) => (column.of === 'image' ? image[column.metric] : pixel[column.metric]) ?? null)

export interface ModelResults {
  readonly name: string
  readonly results: Results
}

/** As a table in percent, one row a category and the mean last; what could not be computed is a dash. */
export const tableRows = (results: Results): string[][] => {
  const columns = columnsOf([results.mean])
  return [
    ['category', ...titles(columns)],
    ...rowsOf(results).map(([name, metrics]) => [name, ...valuesOf(metrics, columns).map(inPercent)]),
  ]
}

/** The means of several models side by side, as `tableRows`. */
export const comparisonRows = (models: readonly ModelResults[]): string[][] => {
  const columns = columnsOf(models.map(({ results }) => results.mean))
  return [
    ['model', ...titles(columns)],
    ...models.map(({ name, results }) => [name, ...valuesOf(results.mean, columns).map(inPercent)]),
  ]
}

/** As CSV in fractions of 1, not rounded; what could not be computed is empty. */
export const csvOf = (results: Results): string => {
  const columns = columnsOf([results.mean])
  return csvText([
    ['category', ...keys(columns)],
    ...rowsOf(results).map(([name, metrics]) => [name, ...fractions(metrics, columns)]),
  ])
}

/** All rows of several models, as `csvOf`. */
export const comparisonCsv = (models: readonly ModelResults[]): string => {
  const columns = columnsOf(models.map(({ results }) => results.mean))
  return csvText([
    ['model', 'category', ...keys(columns)],
    ...models.flatMap(({ name: model, results }) =>
      rowsOf(results).map(([name, metrics]) => [model, name, ...fractions(metrics, columns)]),
    ),
  ])
}

const titles = (columns: readonly Column[]): string[] => columns.map(({ of, name }) => `${of} ${name}`)
const keys = (columns: readonly Column[]): string[] => columns.map(({ of, metric }) => `${of}_${metric}`)

/** The last one stands for all categories, and is not called like one of them: a category may be called "mean". */
const rowsOf = ({ categories, mean }: Results): (readonly [string, CategoryMetrics])[] => [
  ...categories,
  [`mean of ${categories.length}`, mean],
]

/** A fraction of 1 with one decimal; a dash for what could not be computed. */
export const inPercent = (value: number | null): string => (value === null ? '–' : (100 * value).toFixed(1))

const fractions = (metrics: CategoryMetrics, columns: readonly Column[]): (number | string)[] =>
  valuesOf(metrics, columns).map((value) => value ?? '')
