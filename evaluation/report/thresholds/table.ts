import { partsNeeded } from '../../../inspection/calibration/index.ts'
import { type Html, html } from '../html.ts'
import { table } from '../table.ts'
import { counted, of, percent } from '../words.ts'
import type { Suggestion, Suggestions } from './suggestions.ts'

export interface ThresholdTable {
  /** Of a model on a category. */
  readonly title: string
  /** Of the line in the histogram that a script moves with the rate. */
  readonly line: string
  /** Share of the good images. */
  readonly rate: number
  /** Of the file that holds the last one. */
  readonly file: string
}

/** Three thresholds to choose from, and what each would have done to these images. */
export const thresholdTable = (
  { f1max, rate, quantile, points, good, bad, noBetterThanChance }: Suggestions,
  { title, line, rate: wanted, file }: ThresholdTable,
): Html => {
  const cells = (suggestion: Suggestion | null): Html =>
    suggestion === null
      ? html`<td class="number">–</td><td class="number">–</td><td>–</td><td>–</td><td>–</td>`
      : html`<td class="number">${suggestion.score}</td><td class="number">${suggestion.pixel ?? '–'}</td><td>${of(suggestion.falseAlarms, good)}</td><td>${of(suggestion.misses, bad)}</td><td>${suggestion.bound === null ? '–' : percent(suggestion.bound)}</td>`
  // Read by browser/report.js, which fills the same cells for another rate.
  const choices = JSON.stringify(
    points.map(({ threshold, falseAlarms, misses, bound }) => [
      threshold,
      falseAlarms,
      misses,
      percent(bound),
    ]),
  )
  return html`${table(
    `Suggested thresholds of ${title}`,
    html`<thead><tr><th scope="col">chosen by</th><th scope="col" class="number">score from</th><th scope="col" class="number">map from</th><th scope="col">false alarms</th><th scope="col">missed</th><th scope="col">good parts over it later, at most</th></tr></thead>
<tbody>
<tr><th scope="row">F1-max <small>best balance on these images</small></th>${cells(f1max)}</tr>
<tr data-points="${choices}" data-good="${good}" data-bad="${bad}" data-line="${line}"><th scope="row">false alarms ≤ <span data-rate>${percent(wanted)}</span> <small>lowest that keeps to it</small></th>${cells(rate)}</tr>
<tr><th scope="row">99 % of the good <small>as in ${file}</small></th>${cells(quantile)}</tr>
</tbody>`,
  )}
${noBetterThanChance === null ? null : html`<p class="warning">These scores sort the images no better than tossing a coin (image AUROC ${percent(noBetterThanChance)}): F1-max calls nearly everything an alarm, and no threshold on the score is of use.</p>`}
${vouching(good, points[0]?.bound ?? null, wanted)}`
}

/** What so few good images cannot say. @param best bound of a threshold above all of them */
const vouching = (good: number, best: number | null, rate: number): Html => {
  if (good === 0)
    return html`<p class="warning">There are no good images: nothing can be said about false alarms.</p>`
  if (best === null)
    return html`<p class="warning">Good images have scores up to 1: no threshold on the score keeps to a rate of false alarms.</p>`
  return html`<p class="warning" data-best="${best}"${best <= rate ? html` hidden` : null}>${counted(good, 'good image')} cannot vouch for a false-alarm rate of <span data-rate>${percent(rate)}</span>: even with no false alarm among them, later ones may be up to ${percent(best)} (95 % confidence). It takes <span data-needed>${partsNeeded(rate, 1)}</span> good images without a false alarm.</p>`
}
