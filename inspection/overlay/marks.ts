import { polygonsOf } from '../masks/polygons.ts'
import type { FoundRegions } from '../regions/index.ts'
import type { Size } from '../types.ts'

/** How regions are marked in an overlay. */
export type Marks = 'none' | 'outlines' | 'boxes'

/** Line width as a share of the longer side, so that a line is seen when the image is shown on a screen. */
const LINE_SHARE = 1 / 400

/**
 * The regions' marks as an SVG drawing of the image's size: white lines in black casings, which show on any picture
 * and in neither colour map. Empty text where there is nothing to mark.
 */
export const marksSvg = (found: FoundRegions, marks: Marks): string => {
  if (marks === 'none' || found.regions.length === 0) return ''
  const path = marks === 'boxes' ? boxes(found) : outlines(found)
  const { width, height }: Size = found.mask
  const line = Math.max(1, Math.round(Math.max(width, height) * LINE_SHARE))
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<path d="${path}" fill="none" stroke="#000" stroke-opacity="0.6" stroke-width="${3 * line}"/>` +
    `<path d="${path}" fill="none" stroke="#fff" stroke-width="${line}"/></svg>`
  )
}

const outlines = (found: FoundRegions): string =>
  polygonsOf(found)
    .flatMap(({ outer, holes }) => [...outer, ...holes])
    .map((ring) => `M${ring.join(' ')}Z`)
    .join('')

const boxes = ({ regions }: FoundRegions): string =>
  regions.map(({ bbox: [x, y, width, height] }) => `M${x} ${y}h${width}v${height}h${-width}Z`).join('')
