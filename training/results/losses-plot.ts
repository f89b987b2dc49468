import { nice, tickStep, ticks } from 'd3-array'
import type { EpochLosses, Losses } from './losses.ts'

/** Of a panel in the drawing, and of the plot within it, in pixels. */
const PANEL = { width: 640, height: 230 }
const PLOT = { left: 64, right: 624, top: 34, bottom: 190 }

/** Wong's colours, which the colour-blind tell apart; the validation is dashed, too. Source: Nature Methods 8, 441 (2011). */
const LINES = [
  { name: 'training', colour: '#0072b2', dashes: 'none' },
  { name: 'validation', colour: '#d55e00', dashes: '6 4' },
] as const

const PANELS = [
  { key: 'images', title: 'loss of the images (cross-entropy)' },
  { key: 'maps', title: 'loss of the maps (4 × focal and dice)' },
] as const

type Point = readonly [epoch: number, loss: number]

/** Losses by epoch as an SVG that stands alone: a panel for images, and one for maps where there are any. */
export const lossesPlot = (epochs: readonly EpochLosses[]): string => {
  const panels = PANELS.map(({ key, title }) => ({ title, lines: linesOf(epochs, key) })).filter(
    ({ lines }) => lines.some(({ points }) => points.length > 0),
  )
  const height = panels.length * PANEL.height
  const drawn = panels.map(
    ({ title, lines }, i) =>
      `<g transform="translate(0 ${i * PANEL.height})">${panel(title, lines, epochs.length)}</g>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PANEL.width} ${height}" width="${PANEL.width}" height="${height}" font-family="sans-serif" font-size="12" fill="#222">
<title>Losses of ${epochs.length} epochs</title>
<rect width="100%" height="100%" fill="#fff"/>
${drawn.join('\n')}
</svg>
`
}

const linesOf = (epochs: readonly EpochLosses[], key: keyof Losses) => {
  const [training, validation] = LINES
  const pointsOf = (of: (epoch: EpochLosses) => Losses | null): Point[] =>
    epochs.flatMap((epoch): Point[] => {
      const loss = of(epoch)?.[key] ?? null
      return loss === null ? [] : [[epoch.epoch, loss]]
    })
  return [
    { ...training, points: pointsOf((epoch) => epoch) },
    { ...validation, points: pointsOf(({ validation: losses }) => losses) },
  ].filter(({ points }) => points.length > 0)
}

const panel = (title: string, lines: ReturnType<typeof linesOf>, epochs: number): string => {
  const losses = lines.flatMap(({ points }) => points.map(([, loss]) => loss))
  const [low, high] = [Math.min(...losses), Math.max(...losses)]
  const [from, to] = low < high ? nice(low, high, 5) : [low - 0.5, high + 0.5]
  const last = Math.max(epochs, 2)
  const across = (epoch: number) => tenth(PLOT.left + ((epoch - 1) / (last - 1)) * (PLOT.right - PLOT.left))
  const up = (loss: number) => tenth(PLOT.bottom - ((loss - from) / (to - from)) * (PLOT.bottom - PLOT.top))
  const decimals = Math.max(0, Math.ceil(-Math.log10(tickStep(from, to, 5)) - 1e-9))
  return `
<text x="${PLOT.left}" y="20" font-weight="bold">${title}</text>
${lines.map(legend).join('\n')}
<g stroke="#ddd">${ticks(from, to, 5)
    .map((loss) => `<path d="M${PLOT.left} ${up(loss)}H${PLOT.right}"/>`)
    .join('')}</g>
<g text-anchor="end">${ticks(from, to, 5)
    .map((loss) => `<text x="${PLOT.left - 8}" y="${up(loss) + 4}">${loss.toFixed(decimals)}</text>`)
    .join('')}</g>
<g text-anchor="middle">${ticks(1, last, 10)
    .filter(Number.isInteger)
    .map((epoch) => `<text x="${across(epoch)}" y="${PLOT.bottom + 18}">${epoch}</text>`)
    .join('')}<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 34}">epoch</text></g>
${lines
  .map(
    ({ colour, dashes, points }) =>
      `<g fill="${colour}"><path fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}" d="M${points
        .map(([epoch, loss]) => `${across(epoch)} ${up(loss)}`)
        .join('L')}"/>${points
        .map(([epoch, loss]) => `<circle cx="${across(epoch)}" cy="${up(loss)}" r="2.5"/>`)
        .join('')}</g>`,
  )
  .join('\n')}
`
}

const legend = ({ name, colour, dashes }: (typeof LINES)[number], place: number): string => {
  const left = PLOT.right - 110 * (place + 1)
  return `<path stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}" d="M${left} 16h24"/><text x="${left + 30}" y="20">${name}</text>`
}

const tenth = (value: number): number => Math.round(10 * value) / 10
