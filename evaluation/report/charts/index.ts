export { curveChart, modelName } from './curves.ts'
export { histogram } from './histogram.ts'
