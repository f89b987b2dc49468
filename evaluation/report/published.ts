import type { Published } from '../paper/index.ts'
import { inPercent } from '../results/index.ts'
import { caveats } from './caveats.ts'
import type { Comparison, Figures } from './comparison.ts'
import { type Html, html } from './html.ts'
import { metricsHead, numberCells, table } from './table.ts'
import { signed } from './words.ts'

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
${caveats(comparison)}`
}
</section>`
}
