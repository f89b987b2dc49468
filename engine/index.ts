export { type Deployment, type DeploymentRecord, deploymentRecord } from './deployment.ts'
export { startEngine } from './engine.ts'
// Not from image/index.ts, which brings the native decoder along: that belongs in the inference process.
export { imageFrom } from './image/input.ts'
export { inTurn } from './in-turn.ts'
export { type ListedModel, listModels, modelFolder, modelsDir } from './models.ts'
export { type ReplaceableEngine, replaceableEngine } from './replaceable.ts'
export type * from './types.ts'
// Likewise.
export { readView, tilesOfText } from './view/read.ts'
