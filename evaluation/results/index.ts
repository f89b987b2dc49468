export type { CategoryDetails, Details, Scored, WorstCase } from './details.ts'
export { type Evaluated, PICTURES_FOLDER, readDetails, readEvaluation } from './details-file.ts'
export { uniqueFileNames } from './file-names.ts'
export {
  type CategoryMetrics,
  type ImageMetric,
  type PixelMetric,
  type Results,
  resultsOf,
} from './results.ts'
export { comparisonRows, csvOf, inPercent, METRICS, tableRows, valuesOf } from './rows.ts'
export { resultsFrom, writeComparison, writeResults } from './write.ts'
export { writeOutput } from './write-file.ts'
