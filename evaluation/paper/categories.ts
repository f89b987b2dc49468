import { BTAD, DAGM, DTD_SYNTHETIC, MPDD, MVTEC, VISA } from '../datasets/class-names.ts'

/** Of the data sets that have several: the published means are over all of them. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  mvtec: MVTEC,
  visa: VISA,
  mpdd: MPDD,
  btad: BTAD,
  dagm: DAGM,
  'dtd-synthetic': DTD_SYNTHETIC,
}

/** What a data set's owners divide it into; empty where there is one category alone, or it is nobody's but yours. */
export const publishedCategories = (dataset: string): readonly string[] =>
  Object.hasOwn(CATEGORIES, dataset) ? CATEGORIES[dataset]! : []
