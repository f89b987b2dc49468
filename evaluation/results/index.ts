export { clearResults } from './clear.ts'
export { csvField } from './csv.ts'
export { type CategoryDetails, categoriesOf, type Details, type Scored, type WorstCase } from './details.ts'
export { type Evaluated, PICTURES_FOLDER, readDetails, readEvaluation } from './details-file.ts'
export { uniqueFileNames } from './file-names.ts'
export {
  type CategoryMetrics,
  type ImageMetric,
  type PixelMetric,
  type ResultsFile,
  resultsOf,
} from './results.ts'
export {
  type Column,
  columnsOf,
  comparisonRows,
  csvOf,
  inPercent,
  type ModelResults,
  tableRows,
  valuesOf,
} from './rows.ts'
export { resultsFrom, writeComparison, writeResults } from './write.ts'
export { writeOutput } from './write-file.ts'
