import type { Point } from '../../metrics/index.ts'
import { inPercent } from '../../results/index.ts'
import { type Html, html } from '../html.ts'
import { type Axis, across, figure, frame, PLOT, shareAxis, up } from './frame.ts'

/** Of one model. */
export interface Curve {
  readonly place: number
  readonly name: string
  readonly points: readonly Point[]
  /** Area under it, a share of 1; null = it could not be computed. */
  readonly area: number | null
}

export interface CurveChart {
  readonly title: string
  readonly x: string
  readonly y: string
  /** Name of the area. */
  readonly areaName: string
  /** To which x the area is integrated; null = all the way. */
  readonly integratedTo: number | null
  readonly curves: readonly Curve[]
}

/** Curves of all models in one chart, with chance as a dashed diagonal; null where no model has one. */
export const curveChart = ({ title, x, y, areaName, integratedTo, curves }: CurveChart): Html | null => {
  const drawn = curves.filter(({ points }) => points.length > 1)
  if (drawn.length === 0) return null
  const [across100, up100] = [shareAxis(x), shareAxis(y)]
  return figure({
    title,
    alt: `${title}. ${drawn.map(({ name, area }) => `${name}: ${areaName} ${inPercent(area)} %`).join('; ')}.`,
    drawing: html`${integratedTo === null ? null : integrated(across100, integratedTo)}
${frame(across100, up100)}
<path class="chance" d="${pathOf(
      [
        [0, 0],
        [1, 1],
      ],
      across100,
      up100,
    )}"/>
${drawn.map(
  ({ place, points }) =>
    html`<path class="curve model-${place % STYLES}" d="${pathOf(points, across100, up100)}"/>\n`,
)}`,
    below: html`<ul class="legend">${curves.map(
      (curve) =>
        html`<li>${modelName(curve)}: ${areaName} <b>${inPercent(curve.area)}</b>${curve.area === null ? null : ' %'}</li>`,
    )}</ul>`,
  })
}

/** Colours with their dashes that the style sheet has. */
const STYLES = 6

/** A piece of a model's line. */
const swatch = (place: number): Html =>
  html`<svg class="swatch" viewBox="0 0 28 10" aria-hidden="true"><path class="curve model-${place % STYLES}" d="M0 5H28"/></svg>`

/** As it stands wherever its line is drawn. */
export const modelName = ({ name, place }: { readonly name: string; readonly place: number }): Html =>
  html`<span class="model">${swatch(place)} ${name}</span>`

/** The part that the area is taken from. */
const integrated = (axis: Axis, to: number): Html => {
  const right = across(axis, to)
  return html`<rect class="integrated" x="${PLOT.left}" y="${PLOT.top}" width="${right - PLOT.left}" height="${PLOT.bottom - PLOT.top}"/>
<text class="note" x="${right + 4}" y="${PLOT.bottom - 6}">integrated to ${100 * to} %</text>`
}

const pathOf = (points: readonly Point[], x: Axis, y: Axis): string =>
  `M${points.map(([right, high]) => `${across(x, right)} ${up(y, high)}`).join('L')}`
