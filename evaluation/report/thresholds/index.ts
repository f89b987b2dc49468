export { HIGHEST_RATE } from './points.ts'
export { suggestionsOf } from './suggestions.ts'
export { thresholdTable } from './table.ts'
