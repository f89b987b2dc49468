export { withLargestBatch } from './largest-batch.ts'
export { INFERENCE } from './onnxruntime.ts'
export { openSession } from './session.ts'
export type { Backend, Prediction } from './types.ts'
