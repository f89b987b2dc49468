export { startEngine } from './engine.ts'
// Not from image/index.ts, which brings the native decoder along: that belongs in the inference process.
export { imageFrom } from './image/input.ts'
export { type ListedModel, listModels, modelFolder } from './models.ts'
export type * from './types.ts'
