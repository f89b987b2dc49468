export { openCache } from './cache.ts'
export { BYTES_IN_FLIGHT, IN_FLIGHT } from './category.ts'
export { evaluateModel, type ModelOptions, type Task } from './model.ts'
