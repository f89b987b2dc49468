export { gradients } from './gradients.ts'
export { createGraph, type Graph, type Value } from './graph.ts'
export { runGraph } from './run.ts'
export { DATA_FILE, MODEL_FILE, type WrittenFile, writeGraph } from './write.ts'
