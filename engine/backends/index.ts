export { openOnnxruntime } from './onnxruntime.ts'
export { openSession } from './session.ts'
export type { Backend, Prediction, RemoteBackend } from './types.ts'
