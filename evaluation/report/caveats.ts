import { publishedCategories } from '../paper/index.ts'
import { categoriesOf } from '../results/index.ts'
import type { Comparison } from './comparison.ts'
import { type Html, html } from './html.ts'

type Compared = Comparison['models'][number]

/** Of the models that were published, pixels a side, as docs/methods.md has them. */
const PUBLISHED_SIZES: Readonly<Record<string, number>> = {
  anomalyclip: 518,
  'april-gan': 518,
  clip: 518,
  'clip-ac': 518,
  coop: 518,
  winclip: 240,
}

/** What is to be said of a model, null where it does not hold. */
type Caveat = (compared: Compared) => string | null

const CAVEATS: readonly Caveat[] = [
  ({ model: { details } }) => {
    const size = PUBLISHED_SIZES[details.model.method]
    return size === undefined || details.model.imageSize === size
      ? null
      : `another model than the published one, which takes ${size} × ${size} px; only the method is the same`
  },
  ({ model: { details } }) =>
    details.model.imageSize !== PUBLISHED_SIZES[details.model.method] || isOfKnownOrigin(details.model)
      ? null
      : 'the model does not say where its weights are from: whether they are the published ones is not known',
  ({ model: { details }, against }) =>
    details.aupro === 'exact' && against.some(({ published }) => published.figures.pixel?.aupro !== undefined)
      ? 'AUPRO is exact, the published one approximate; --aupro reference computes what the published code does'
      : null,
  ({ model: { details } }) => (details.limit === null ? null : 'not all images were taken (--limit)'),
  ({ model: { details } }) => {
    const known = publishedCategories(details.dataset)
    const taken = known.filter((name) => Object.hasOwn(details.categories, name)).length
    return taken === known.length ? null : `${taken} of ${known.length} categories of the data set`
  },
  ({ model: { details } }) => {
    const others = categoriesOf(details).filter(
      ([name]) => !publishedCategories(details.dataset).includes(name),
    ).length
    return publishedCategories(details.dataset).length === 0 || others === 0
      ? null
      : `the mean has ${others} more than the data set's own categories in it`
  },
  ({ model: { details } }) =>
    details.thirds === false ? 'images are whole; the paper cut each into three (--thirds)' : null,
  ({ model: { details } }) =>
    details.chosenClass === undefined ||
    categoriesOf(details).every(([, { className }]) => className === null)
      ? null
      : `the class name in the prompts was chosen (--class ${details.chosenClass}), not the paper's`,
]

/** The build from the catalogue notes where each of its files is published, and has held them against their checksums where there are any. */
const isOfKnownOrigin = ({ sources = [] }: Compared['model']['details']['model']): boolean =>
  sources.length > 0 && sources.every(({ url }) => url !== null)

/** In what the evaluation differs from the published one, as far as it can be seen. Only models that stand beside a figure are spoken of. */
export const caveats = ({ models }: Comparison): Html | null => {
  const found = new Map<string, string[]>()
  for (const compared of models.filter(({ against }) => against.length > 0))
    for (const caveat of CAVEATS) {
      const words = caveat(compared)
      if (words !== null) found.set(words, [...(found.get(words) ?? []), compared.model.name])
    }
  return found.size === 0
    ? null
    : html`<p>What differs from the published evaluation, as far as it can be seen:</p>
<ul>${[...found].map(([words, names]) => html`<li><b>${names.join(', ')}</b>: ${words}.</li>`)}</ul>`
}
