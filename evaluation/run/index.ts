export { BYTES_IN_FLIGHT, type CategoryOutcome, evaluateCategory } from './category.ts'
export { recommend } from './recommend.ts'
