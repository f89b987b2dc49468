export { checkFile } from './check-file.ts'
export { type FetchFileOptions, fetchFile } from './fetch.ts'
export { openWeights } from './open.ts'
export type { WeightsFile } from './types.ts'
