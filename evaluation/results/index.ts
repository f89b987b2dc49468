export { csvText } from './csv.ts'
export type { CategoryDetails, Details, Scored, WorstCase } from './details.ts'
export { type CategoryMetrics, type Results, resultsOf } from './results.ts'
export { csvOf, tableRows } from './rows.ts'
