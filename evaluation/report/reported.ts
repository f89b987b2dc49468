import { type CategoryDetails, categoriesOf, type Evaluated } from '../results/index.ts'

/** One model on one data set, with what there is to see. */
export interface Reported extends Pick<Evaluated, 'name' | 'details'> {
  /** JPEG files by the names that `details` has for them; one that is not here is shown as missing. */
  readonly pictures: ReadonlyMap<string, Uint8Array>
}

/** A model as the page has it everywhere. */
export interface Shown extends Reported {
  /** Its place, 0 … n − 1: decides its colour and its dashes. */
  readonly place: number
}

export const shownOf = (reported: readonly Reported[]): readonly Shown[] =>
  reported.map((each, place) => ({ ...each, place }))

export interface CategoryOf extends Shown {
  readonly category: CategoryDetails
}

/** Every category with the models that were evaluated on it, both in the order in which they come. */
export const byCategory = (shown: readonly Shown[]): ReadonlyMap<string, readonly CategoryOf[]> => {
  const names = new Set(shown.flatMap(({ details }) => categoriesOf(details).map(([name]) => name)))
  return new Map(
    [...names].map((name) => [
      name,
      shown.flatMap((model) => {
        const category = Object.hasOwn(model.details.categories, name) && model.details.categories[name]
        return category ? [{ ...model, category }] : []
      }),
    ]),
  )
}

export interface Counts {
  readonly good: number
  readonly bad: number
  readonly failed: number
}

export const countsOf = (categories: readonly Pick<CategoryDetails, 'scored' | 'failed'>[]): Counts => {
  const labels = categories.flatMap(({ scored }) => scored.map(({ label }) => label))
  const bad = labels.filter((label) => label === 1).length
  return {
    good: labels.length - bad,
    bad,
    failed: categories.reduce((sum, { failed }) => sum + failed.length, 0),
  }
}
