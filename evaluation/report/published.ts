import type { Published } from '../paper/index.ts'
import { inPercent } from '../results/index.ts'
import type { Comparison, Figures } from './comparison.ts'
import { type Html, html } from './html.ts'
import type { Shown } from './reported.ts'
import { metricsHead, numberCells, table } from './table.ts'
import { signed } from './words.ts'

/** Of the models that the paper's figures are of; the published code's default. */
const PAPER_SIZE = 518

/** Each model beside what was published of its method, with the difference and the sources; an unknown cell is empty. */
export const againstPublished = (comparison: Comparison, dataset: string): Html => {
  const { columns, models, others } = comparison
  const sources = [
    ...new Set(
      [...models.flatMap(({ against }) => against), ...others].map(({ published }) => published.source),
    ),
  ]
  const cite = (source: Published['source']): Html => {
    const number = sources.indexOf(source) + 1
    return html`<sup><a href="#source-${number}">[${number}]</a></sup>`
  }
  const publishedRow = (name: string, published: Published, figures: Figures): Html =>
    html`<tr class="published"><th scope="row">${name} ${cite(published.source)}</th>${figures.map((value) =>
      value === null
        ? html`<td></td>`
        : html`<td class="number" title="${published.source.words}">${value.toFixed(1)}</td>`,
    )}</tr>`
  return html`<section id="published">
<h2>Against published figures</h2>
${
  sources.length === 0
    ? html`<p>No published figures are known for <code>${dataset}</code>.</p>`
    : html`<p>In percent; differences in percentage points, ours less theirs. An empty cell: not known.</p>
${table(
  'Against published figures',
  html`${metricsHead(columns, [''])}
${models.map(
  ({ model, ours, against }) => html`<tbody>
<tr><th scope="row">${model.name} (${model.details.model.method}), here</th>${numberCells(ours.map(inPercent))}</tr>
${against.map(
  ({ published, figures, difference }) => html`${publishedRow(published.source.label, published, figures)}
<tr class="difference"><th scope="row">difference</th>${numberCells(difference.map((value) => (value === null ? '' : signed(value))))}</tr>`,
)}</tbody>`,
)}
${others.length === 0 ? null : html`<tbody>${others.map(({ published, figures }) => publishedRow(`${published.method} (not measured here), ${published.source.label}`, published, figures))}</tbody>`}`,
)}
<ol class="sources">${sources.map(({ words, url }, i) => html`<li id="source-${i + 1}">${words}, <a href="${url}">${url}</a></li>`)}</ol>
${caveats(models.map(({ model }) => model))}`
}
</section>`
}

/** In what the evaluation differs from the published one, as far as it can be seen. */
const caveats = (models: readonly Shown[]): Html => {
  const of = (isOther: (model: Shown) => boolean): string =>
    models
      .filter(isOther)
      .map(({ name }) => name)
      .join(', ')
  const found: readonly (readonly [string, string])[] = [
    [
      of(({ details }) => details.model.imageSize !== PAPER_SIZE),
      `another model than the published one, which takes ${PAPER_SIZE} × ${PAPER_SIZE} px; only the method is the same`,
    ],
    [
      of(({ details }) => details.aupro === 'exact'),
      'AUPRO is exact, the published one approximate; --aupro reference computes what the published code does',
    ],
    [of(({ details }) => details.limit !== null), 'not all images were taken (--limit)'],
  ]
  const known = found.filter(([names]) => names !== '')
  return html`<p>The published means are over all categories of the data set, these over those that were evaluated.${known.length === 0 ? null : ' What else differs:'}</p>
${known.length === 0 ? null : html`<ul>${known.map(([names, what]) => html`<li><b>${names}</b>: ${what}.</li>`)}</ul>`}`
}
