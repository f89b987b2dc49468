export { withLargestBatch } from './largest-batch.ts'
export { openSession } from './session.ts'
export type { Backend, Prediction } from './types.ts'
