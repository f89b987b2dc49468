export { type CategoryOptions, type CategoryOutcome, evaluateCategory, type Scored } from './category.ts'
export { recommend } from './recommend.ts'
