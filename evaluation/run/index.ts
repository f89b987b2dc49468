export { type CategoryOutcome, evaluateCategory } from './category.ts'
export { recommend } from './recommend.ts'
