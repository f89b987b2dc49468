import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Category, DATASET_NAMES, listDataset } from '../evaluation/datasets/index.ts'
import { flag, number, oneOf, text, usageError, type Values } from './options.ts'
import { spread } from './spread.ts'

/** Short enough for a terminal of 100 columns. */
const inLines = (names: readonly string[]): string => {
  const half = Math.ceil(names.length / 2)
  return [names.slice(0, half), names.slice(half)].map((line) => line.join(', ')).join(',\n')
}

/** Of every command that reads a data set. */
export const DATASET_OPTIONS = {
  dataset: oneOf(DATASET_NAMES, 'NAME', `layout of the data set:\n${inLines(DATASET_NAMES)}`),
  root: text('DIR', 'folder that it was unpacked to; of csv and coco the file'),
  meta: flag("read the reference's meta.json in the root in place of the owners' layout"),
  thirds: flag('sdd: each image cut into three, as the paper did'),
  categories: text('A,B', 'these alone (default: all)'),
  limit: number('N', 'images of each category at most, spread over all kinds', { least: 1 }),
}

export interface GivenDataset {
  readonly name: string
  /** Absolute. */
  readonly root: string
  /** Where names of images begin: the root, or the folder that a list lies in. */
  readonly base: string
  readonly problems: readonly string[]
  /** Categories of the data set that are not there. */
  readonly absent: readonly string[]
  /** With no more images than asked for. */
  readonly categories: readonly Category[]
}

/**
 * The data set that is meant on the command line.
 * @throws CLI_USAGE, DATASET_UNKNOWN, DATASET_ROOT
 */
export const givenDataset = async (
  given: Values<typeof DATASET_OPTIONS> & { readonly class?: string },
  path: (given: string) => string,
): Promise<GivenDataset> => {
  if (given.dataset === undefined)
    throw usageError(`--dataset is missing; expected ${DATASET_NAMES.join(', ')}.`)
  if (given.root === undefined)
    throw usageError('--root is missing; expected the folder that the data set was unpacked to.')
  if (given.thirds && given.dataset !== 'sdd')
    throw usageError(`--thirds is for the data set sdd, and --dataset is ${given.dataset}.`)
  const root = path(given.root)
  const { categories, problems, absent } = await listDataset(given.dataset, {
    root,
    ...(given.categories === undefined
      ? {}
      : { categories: given.categories.split(',').map((name) => name.trim()) }),
    ...(given.class === undefined ? {} : { className: given.class }),
    meta: given.meta ?? false,
    thirds: given.thirds ?? false,
  })
  return {
    name: given.dataset,
    root,
    base: (await stat(root)).isDirectory() ? root : dirname(root),
    problems: problems.map(({ message }) => message),
    absent,
    categories: categories.map((category) => ({
      ...category,
      samples: given.limit === undefined ? category.samples : spread(category.samples, given.limit),
    })),
  }
}
