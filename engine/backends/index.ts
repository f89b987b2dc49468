export { openOnnxruntime } from './onnxruntime.ts'
export type { Backend, Prediction } from './types.ts'
