import { tickStep, ticks } from 'd3-array'
import { type Html, html } from '../html.ts'

/**
 * Charts are drawn into SVG where the page is made, not by a script where it is read: they print, take their colours from the style sheet
 * in light and dark, and are there without JavaScript.
 */

/** From the lower (left) end to the upper (right) one; `step` between two ticks. */
export interface Axis {
  readonly from: number
  readonly to: number
  readonly ticks: readonly number[]
  readonly label: string
  readonly text: (tick: number) => string
}

/** Of the drawing, in units of the SVG, which are pixels where there is room. */
const SIZE = { width: 360, height: 270 }
/** Of the plot within it. */
export const PLOT = { left: 46, right: 350, top: 10, bottom: 226 }

/** Shares of 1 in percent. */
export const shareAxis = (label: string, to = 1, count = 5): Axis => ({
  from: 0,
  to,
  ticks: ticks(0, to, count),
  label,
  text: (tick) => (100 * tick).toFixed(decimalsOf(100 * tickStep(0, to, count))),
})

/** Numbers with so many decimals that neighbours differ. */
export const numberAxis = (label: string, from: number, to: number): Axis => ({
  from,
  to,
  ticks: ticks(from, to, 5),
  label,
  text: (tick) => tick.toFixed(decimalsOf(tickStep(from, to, 5))),
})

const decimalsOf = (step: number): number => Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))

const along = ({ from, to }: Axis, value: number): number => (value - from) / (to - from)

/** Places in the drawing, to a tenth. */
export const across = (axis: Axis, value: number): number =>
  tenth(PLOT.left + along(axis, value) * (PLOT.right - PLOT.left))
export const up = (axis: Axis, value: number): number =>
  tenth(PLOT.bottom - along(axis, value) * (PLOT.bottom - PLOT.top))

const tenth = (value: number): number => Math.round(10 * value) / 10

/** Grid, numbers and names of both axes. */
export const frame = (x: Axis, y: Axis): Html => html`
<g class="grid">${x.ticks.map((tick) => html`<path d="M${across(x, tick)} ${PLOT.top}V${PLOT.bottom}"/>`)}${y.ticks.map(
  (tick) => html`<path d="M${PLOT.left} ${up(y, tick)}H${PLOT.right}"/>`,
)}</g>
<g class="ticks">${x.ticks.map(
  (tick) =>
    html`<text x="${across(x, tick)}" y="${PLOT.bottom + 15}" text-anchor="middle">${x.text(tick)}</text>`,
)}${y.ticks.map(
  (tick) => html`<text x="${PLOT.left - 6}" y="${up(y, tick) + 4}" text-anchor="end">${y.text(tick)}</text>`,
)}</g>
<text class="axis" x="${(PLOT.left + PLOT.right) / 2}" y="${SIZE.height - 8}" text-anchor="middle">${x.label}</text>
<text class="axis" transform="translate(12 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>`

/** A drawing with its title above and what explains it below. @param alt what it shows, for those who cannot see it */
export const figure = ({
  title,
  alt,
  drawing,
  below,
}: {
  readonly title: string
  readonly alt: string
  readonly drawing: Html
  readonly below: Html
}): Html => html`
<figure class="chart">
<figcaption>${title}</figcaption>
<svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${alt}">${drawing}
</svg>
${below}
</figure>`
