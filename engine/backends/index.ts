export { INFERENCE, openOnnxruntime } from './onnxruntime.ts'
export { openSession } from './session.ts'
export type { Backend, Prediction } from './types.ts'
