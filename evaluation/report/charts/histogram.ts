import { bin, extent, nice, ticks } from 'd3-array'
import type { Scored } from '../../results/index.ts'
import { type Html, html } from '../html.ts'
import { of, scoreText } from '../words.ts'
import { type Axis, across, figure, frame, numberAxis, PLOT, shareAxis, up } from './frame.ts'

/** A threshold to draw into it; null = there is none, but one may come. */
export interface Line {
  /** Of its element, for a script that moves it. */
  readonly id: string
  readonly label: string
  readonly at: number | null
}

/** Bars at most, about. */
const BARS = 40

/** How the scores of one model are spread: good images upwards, bad ones downwards, each as a share of its kind. */
export const histogram = (title: string, scored: readonly Scored[], lines: readonly Line[]): Html | null => {
  const [lowest, highest] = extent([
    ...scored.map(({ score }) => score),
    ...lines.map(({ at }) => at).filter((at) => at !== null),
  ])
  if (scored.length === 0 || lowest === undefined || highest === undefined) return null
  const [from, to] = lowest < highest ? nice(lowest, highest, BARS) : [lowest - 0.05, highest + 0.05]
  const group = bin<Scored, number>()
    .value(({ score }) => score)
    .domain([from, to])
    .thresholds(ticks(from, to, BARS))
  const kinds = KINDS.map((kind) => {
    const images = scored.filter(({ label }) => label === kind.label)
    const bars = group(images).map((bar) => ({
      from: bar.x0!,
      to: bar.x1!,
      count: bar.length,
      share: images.length === 0 ? 0 : bar.length / images.length,
    }))
    return { ...kind, bars, all: images.length }
  })
  const most = Math.max(...kinds.flatMap(({ bars }) => bars.map(({ share }) => share)))
  const x = numberAxis('score', from, to)
  const y: Axis = mirrored(shareAxis('share of good ↑ and bad ↓ images, %', most, 3))
  return figure({
    title,
    alt: `${title}: scores of ${kinds.map(({ name, all }) => `${all} ${name}`).join(' and ')} images between ${scoreText(lowest)} and ${scoreText(highest)}.`,
    drawing: html`${frame(x, y)}
${kinds.map(
  ({ name, sign, bars, all }) =>
    html`<g class="${name}">${bars
      .filter(({ count }) => count > 0)
      .map((bar) => {
        const [low, high] = [up(y, 0), up(y, sign * bar.share)].sort((a, b) => a - b) as [number, number]
        const [left, right] = [across(x, bar.from), across(x, bar.to)]
        return html`<rect x="${left}" y="${low}" width="${Math.max(1, right - left)}" height="${Math.max(1, high - low)}"><title>${bar.from} to ${bar.to}: ${of(bar.count, all)} ${name}</title></rect>`
      })}</g>`,
)}
<path class="zero" d="M${PLOT.left} ${up(y, 0)}H${PLOT.right}"/>
${lines.map((line, row) => lineOf(line, row, x))}`,
    below: html`<ul class="legend">${kinds.map(
      ({ name, all }) =>
        html`<li><svg class="swatch" viewBox="0 0 14 10" aria-hidden="true"><g class="${name}"><rect width="14" height="10"/></g></svg> ${all} ${name}</li>`,
    )}</ul>`,
  })
}

const KINDS = [
  { label: 0, name: 'good', sign: 1 },
  { label: 1, name: 'bad', sign: -1 },
] as const

/** The same below zero. */
const mirrored = (axis: Axis): Axis => ({
  ...axis,
  from: -axis.to,
  ticks: [...axis.ticks.filter((tick) => tick > 0).map((tick) => -tick), ...axis.ticks],
  text: (tick) => axis.text(Math.abs(tick)),
})

/** Moved as a whole, so that a script need not know how it is drawn: `data-from` and `data-to` say which scores the plot's edges are. */
const lineOf = ({ id, label, at }: Line, row: number, x: Axis): Html => {
  const place = at === null ? PLOT.left : across(x, Math.min(Math.max(at, x.from), x.to))
  const isRight = place > (PLOT.left + PLOT.right) / 2
  return html`<g class="threshold threshold-${row}" id="${id}" transform="translate(${place} 0)" data-from="${x.from}" data-to="${x.to}" data-left="${PLOT.left}" data-right="${PLOT.right}"${at === null ? html` display="none"` : null}>
<path d="M0 ${PLOT.top}V${PLOT.bottom}"/><text x="${isRight ? -4 : 4}" y="${PLOT.top + 10 + 13 * row}" text-anchor="${isRight ? 'end' : 'start'}">${label}</text></g>`
}
