import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { categorySection } from './category.ts'
import { compare } from './comparison.ts'
import { head } from './head.ts'
import { type Html, html } from './html.ts'
import { meaning } from './meaning.ts'
import { againstPublished } from './published.ts'
import { byCategory, type Reported, shownOf } from './reported.ts'
import { categoryTable, summary } from './summary.ts'
import { HIGHEST_RATE } from './thresholds/index.ts'
import { unread } from './unread.ts'

/** Target share of good images that are alarms, until the reader chooses another one. */
const RATE = 0.01

const asset = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

/**
 * One page with all that an evaluation has found, of one model or of several on the same data set. It needs nothing beside itself, from
 * `file://` too, sends nothing, and the same input gives the same bytes.
 * @param reported at least one, all of one data set
 */
export const reportPage = (reported: readonly Reported[]): string => {
  const shown = shownOf(reported)
  const { dataset, root } = shown[0]!.details
  const categories = byCategory(shown)
  const comparison = compare(shown)
  const [style, script] = [asset('./browser/report.css'), asset('./browser/report.js')]
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Evaluation on ${root}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<main>
${head(shown, [...categories.keys()])}
${summary(comparison)}
${againstPublished(comparison, dataset)}
${categoryTable(comparison, categories)}
${rateField()}
${[...categories].map(([name, models], place) => categorySection({ name, place, rate: RATE }, models))}
${unread(shown)}
${meaning()}
</main>
<script>${raw(script)}</script>
</body>
</html>
`.html
}

/** Without the script it could do nothing, and stays hidden. */
const rateField = (): Html => html`<div id="rate" role="group" aria-label="Target false-alarm rate" hidden>
<label for="rate-percent">Target false-alarm rate</label>
<span><input id="rate-percent" type="number" min="0" max="${100 * HIGHEST_RATE}" step="0.1" value="${100 * RATE}" required> % of the good images</span>
<output id="rate-note" aria-live="polite"></output>
</div>`

const raw = (text: string): Html => ({ html: text })

/** Of an inline script or style that may run, as CSP has it (Content Security Policy Level 3, §2.3.1). */
const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`
