import type { Size } from '../../inspection/types.ts'
import { pixelsOf } from './lengths.ts'
import type { Shape } from './types.ts'

/** Corners [x1, y1, x2, y2, …] in pixels of the image; not rounded, and they may lie outside. */
export type Outline = readonly number[]

/** A part of an image in whole pixels. */
export interface Box extends Size {
  readonly x: number
  readonly y: number
}

/** A shape at the size of an image. */
export const outlineOf = (shape: Shape, { width, height }: Size): Outline => {
  const lengths = shape.map((length, index) => pixelsOf(length, index % 2 === 0 ? width : height))
  if (lengths.length > 4) return lengths
  const [x, y, wide, high] = lengths as [number, number, number, number]
  return [x, y, x + wide, y, x + wide, y + high, x, y + high]
}

/** The smallest box of whole pixels around outlines, within the image; without an area where they lie outside. */
export const boxAround = (outlines: readonly Outline[], { width, height }: Size): Box => {
  const clip = (value: number, most: number): number => Math.min(most, Math.max(0, value))
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (const outline of outlines)
    for (let corner = 0; corner < outline.length; corner += 2) {
      left = Math.min(left, clip(Math.floor(outline[corner]!), width))
      right = Math.max(right, clip(Math.ceil(outline[corner]!), width))
      top = Math.min(top, clip(Math.floor(outline[corner + 1]!), height))
      bottom = Math.max(bottom, clip(Math.ceil(outline[corner + 1]!), height))
    }
  return { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) }
}

/**
 * Writes `value` to every pixel whose centre lies in the outline: an odd number of its edges is to the left of it.
 * @param raster one byte a pixel, row-major
 */
export const fillOutline = (
  raster: Uint8Array,
  { width, height }: Size,
  outline: Outline,
  value: number,
): void => {
  const { y: top, height: high } = boxAround([outline], { width, height })
  for (let y = top; y < top + high; y++) {
    const crossings = crossingsAt(outline, y + 0.5).map((x) =>
      Math.ceil(Math.min(width, Math.max(0, x)) - 0.5),
    )
    for (let pair = 0; pair + 1 < crossings.length; pair += 2)
      raster.fill(value, y * width + crossings[pair]!, y * width + crossings[pair + 1]!)
  }
}

/** Where edges cross a horizontal line, from left to right. */
const crossingsAt = (outline: Outline, y: number): number[] => {
  const crossings: number[] = []
  for (let corner = 0; corner < outline.length; corner += 2) {
    const next = (corner + 2) % outline.length
    const [x1, y1, x2, y2] = [outline[corner]!, outline[corner + 1]!, outline[next]!, outline[next + 1]!]
    // An edge has its upper end and not its lower one, so that a corner on the line counts once.
    if (y1 <= y !== y2 <= y) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1))
  }
  return crossings.sort((a, b) => a - b)
}
