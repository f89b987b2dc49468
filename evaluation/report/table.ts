import type { Column } from '../results/index.ts'
import { type Html, html } from './html.ts'

/**
 * A table; a wide one scrolls by itself, with `tabindex` also by keyboard.
 * @param name for those who cannot see it
 * @param content its groups of rows
 */
export const table = (name: string, content: Html): Html =>
  html`<div class="scrolling" role="region" aria-label="${name}" tabindex="0"><table aria-label="${name}">
${content}
</table></div>`

/** Two header rows over figures. @param texts names of the columns before them @param numbers and of those with numbers */
export const metricsHead = (
  columns: readonly Column[],
  texts: readonly string[],
  numbers: readonly string[] = [],
): Html => html`<thead>
<tr>${texts.map((name) => html`<th scope="col" rowspan="2">${name}</th>`)}${numbers.map(
  (name) => html`<th scope="col" rowspan="2" class="number">${name}</th>`,
)}${(['image', 'pixel'] as const).map(
  (kind) =>
    html`<th scope="colgroup" colspan="${columns.filter(({ of }) => of === kind).length}">${kind}</th>`,
)}</tr>
<tr>${columns.map(({ of, name }) => html`<th scope="col" class="number"><span class="hidden">${of} </span>${name}</th>`)}</tr>
</thead>`

export const numberCells = (texts: readonly (string | Html)[]): Html =>
  html`${texts.map((text) => html`<td class="number">${text}</td>`)}`
