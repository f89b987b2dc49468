import { categoriesOf } from '../results/index.ts'
import { type Html, html } from './html.ts'
import type { Shown } from './reported.ts'

/** What could not be read, of the data set and of its images, and in which figures it counts all the same. */
export const unread = (shown: readonly Shown[]): Html => {
  const parts = shown.map(({ name, details }) => ({
    name,
    lines: [
      ...details.problems,
      ...categoriesOf(details).flatMap(([category, { failed }]) =>
        failed.map((image) => `${category}: ${image.name}: ${image.reason}`),
      ),
    ],
  }))
  return html`<section id="unread">
<h2>What could not be read</h2>
${parts.map(({ name, lines }) =>
  lines.length === 0
    ? html`<p><b>${name}</b>: everything was read.</p>`
    : html`<p class="warning"><b>${name}</b>: ${lines.length} ${lines.length === 1 ? 'problem' : 'problems'}. What is named counts in no figure above, with one exception: a bad image whose mask alone is missing counts among images, but not among pixels.</p>
<ul class="problems">${lines.map((line) => html`<li>${line}</li>`)}</ul>`,
)}
</section>`
}
