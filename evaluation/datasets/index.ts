export { listDataset } from './list.ts'
export { loadSample } from './load.ts'
export { DATASET_NAMES } from './readers.ts'
export type { Dataset, Sample } from './types.ts'
