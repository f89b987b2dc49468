import { csvText } from './csv.ts'
import { type CategoryMetrics, IMAGE_METRICS, PIXEL_METRICS, type Results } from './results.ts'

const NAMES = { auroc: 'AUROC', ap: 'AP', f1max: 'F1-max', aupro: 'AUPRO' } as const

/** Name of the row that stands for all categories. */
const MEAN = 'mean'

/** As a table in percent, one row a category and the mean last; what could not be computed is a dash. */
export const tableRows = (results: Results): string[][] => [
  [
    'category',
    ...IMAGE_METRICS.map((name) => `image ${NAMES[name]}`),
    ...PIXEL_METRICS.map((name) => `pixel ${NAMES[name]}`),
  ],
  ...rowsOf(results).map(([name, metrics]) => [
    name,
    ...valuesOf(metrics).map((value) => (value === null ? '–' : (100 * value).toFixed(1))),
  ]),
]

/** As CSV in fractions of 1, not rounded; what could not be computed is empty. */
export const csvOf = (results: Results): string =>
  csvText([
    [
      'category',
      ...IMAGE_METRICS.map((name) => `image_${name}`),
      ...PIXEL_METRICS.map((name) => `pixel_${name}`),
    ],
    ...rowsOf(results).map(([name, metrics]) => [name, ...valuesOf(metrics).map((value) => value ?? '')]),
  ])

const rowsOf = ({ categories, mean }: Results): [string, CategoryMetrics][] => [
  ...Object.entries(categories),
  [MEAN, mean],
]

const valuesOf = ({ image, pixel }: CategoryMetrics): (number | null)[] => [
  ...IMAGE_METRICS.map((name) => image[name]),
  ...PIXEL_METRICS.map((name) => pixel[name]),
]
