import type { Category, DataSet } from '../../evaluation/datasets/index.ts'
import { usageError } from '../options.ts'

export interface Choice {
  /** Names, separated by commas; undefined = all. */
  readonly categories: string | undefined
  /** Images of each category at most; undefined = all. */
  readonly limit: number | undefined
}

/** The categories that are asked for. @throws CLI_USAGE naming those that there are */
export const chosen = ({ categories }: DataSet, { categories: wanted, limit }: Choice): Category[] => {
  const names = wanted?.split(',').map((name) => name.trim())
  const unknown = names?.find((name) => !categories.some((category) => category.name === name))
  if (unknown !== undefined)
    throw usageError(
      `--categories names '${unknown}'; the data set has ${categories.map(({ name }) => name).join(', ')}.`,
    )
  return categories
    .filter(({ name }) => names?.includes(name) ?? true)
    .map(({ name, samples }) => ({
      name,
      samples: limit === undefined ? samples : spread(samples, limit),
    }))
}

/** Evenly over all of them, which stand by kind: the first ones alone would all be of one kind. */
const spread = <T>(all: readonly T[], count: number): readonly T[] =>
  all.length <= count
    ? all
    : Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!)
