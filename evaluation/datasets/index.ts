export { listDataset } from './list.ts'
export { type LoadedSample, loadSample } from './load.ts'
export { DATASET_NAMES } from './readers.ts'
export type { Category, Dataset, DatasetOptions, Problem, Sample } from './types.ts'
