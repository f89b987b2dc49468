import { type Html, html } from './html.ts'
import type { Shown } from './reported.ts'

/** What could not be read, of the data set and of its images; it counts in no figure. */
export const unread = (shown: readonly Shown[]): Html => {
  const parts = shown.map(({ name, details }) => ({
    name,
    lines: [
      ...details.problems,
      ...Object.entries(details.categories).flatMap(([category, { failed }]) =>
        failed.map((image) => `${category}: ${image.name}: ${image.reason}`),
      ),
    ],
  }))
  return html`<section id="unread">
<h2>What could not be read</h2>
${parts.map(({ name, lines }) =>
  lines.length === 0
    ? html`<p><b>${name}</b>: everything was read.</p>`
    : html`<p class="warning"><b>${name}</b>: ${lines.length} ${lines.length === 1 ? 'problem' : 'problems'}. None of it counts in the figures above.</p>
<ul class="problems">${lines.map((line) => html`<li>${line}</li>`)}</ul>`,
)}
</section>`
}
