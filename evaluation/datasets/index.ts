import { readFolder } from './folder.ts'
import { readMvtec } from './mvtec.ts'
import type { DataSet } from './types.ts'

export { readMask } from './mask.ts'
export type { Category, DataSet, Problem, Sample } from './types.ts'

/** By the names that the command line knows. */
const READERS = {
  mvtec: readMvtec,
  mpdd: readMvtec,
  'dtd-synthetic': readMvtec,
  folder: readFolder,
} as const satisfies Record<string, (root: string) => Promise<DataSet>>

export type DataSetName = keyof typeof READERS

export const DATA_SETS = Object.keys(READERS) as DataSetName[]

/** @throws EVALUATION_DATASET when there is nothing like it at the root */
export const readDataSet = (name: DataSetName, root: string): Promise<DataSet> => READERS[name](root)
