export { openKserve } from './kserve/index.ts'
export { withLargestBatch } from './largest-batch.ts'
export { openSession } from './session.ts'
export type { Backend, Prediction, RemoteBackend } from './types.ts'
