import { type Column, inPercent, valuesOf } from '../results/index.ts'
import { modelName } from './charts/index.ts'
import type { Comparison } from './comparison.ts'
import { type Html, html } from './html.ts'
import { type CategoryOf, countsOf } from './reported.ts'
import { metricsHead, numberCells, table } from './table.ts'

/** Of each model the mean over the categories. */
export const summary = ({ columns, models }: Comparison): Html => html`<section id="summary">
<h2>Summary</h2>
<p>Mean over the categories, in percent; – where it cannot be computed.</p>
${table(
  'Summary',
  html`${metricsHead(columns, ['model', 'method'])}
<tbody>${models.map(
    ({ model, ours }) =>
      html`<tr><th scope="row">${modelName(model)}</th><td>${model.details.model.method}</td>${numberCells(ours.map(inPercent))}</tr>`,
  )}</tbody>`,
)}
</section>`

/** Every category, the models below each other; the best of several is marked. */
export const categoryTable = (
  { columns }: Comparison,
  categories: ReadonlyMap<string, readonly CategoryOf[]>,
): Html => html`<section id="per-category">
<h2>Per category</h2>
<p>In percent; – where it cannot be computed, as without masks or without images of both kinds. Of several models the best is in bold.</p>
${table(
  'Per category',
  html`${metricsHead(columns, ['category', 'model'], ['good', 'bad'])}
${[...categories].map(([name, models], place) => rowsOf({ name, place, columns }, models))}`,
)}
</section>`

const rowsOf = (
  {
    name,
    place,
    columns,
  }: { readonly name: string; readonly place: number; readonly columns: readonly Column[] },
  models: readonly CategoryOf[],
): Html => {
  const figures = models.map(({ category }) => valuesOf(category.metrics, columns).map(inPercent))
  return html`<tbody>${models.map((model, row) => {
    const { good, bad } = countsOf([model.category])
    return html`<tr>${
      row === 0
        ? html`<th scope="rowgroup" rowspan="${models.length}"><a href="#category-${place}">${name}</a></th>`
        : null
    }<th scope="row">${modelName(model)}</th>${numberCells([`${good}`, `${bad}`, ...withBestMarked(figures, row)])}</tr>`
  })}</tbody>`
}

/** Of equal ones each is the best. */
const withBestMarked = (figures: readonly (readonly string[])[], row: number): readonly (string | Html)[] =>
  figures[row]!.map((text, column) => {
    const others = figures.toSpliced(row, 1).map((other) => other[column]!)
    const isBest =
      others.length > 0 && others.every((other) => other === '–' || Number(other) <= Number(text))
    return isBest && text !== '–' ? html`<b>${text}</b>` : text
  })
