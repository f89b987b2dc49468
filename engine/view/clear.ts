import { cellEdges } from '../../inspection/enlarge.ts'
import type { AnomalyMap, Size } from '../../inspection/types.ts'

/**
 * Sets a map to 0 wherever one of the image's pixels that show a pixel of it is not inspected, so that no region reaches what is ignored.
 * Pixel x of W shows column ⌊(x + ½)·S/W⌋, as masks have it; a column that none shows, in a map larger than its image, is that
 * of the image's pixel under its centre.
 * @param inspected of the whole image, one byte a pixel, 1 = inspected
 */
export const clearUninspected = (map: AnomalyMap, inspected: Uint8Array, image: Size): void => {
  const columns = pixelsShowing(map.width, image.width)
  const rows = pixelsShowing(map.height, image.height)
  for (let y = 0, place = 0; y < map.height; y++)
    for (let x = 0; x < map.width; x++, place++)
      if (!isInspected(inspected, image.width, columns[x]!, rows[y]!)) map.data[place] = 0
}

type Range = readonly [from: number, to: number]

const pixelsShowing = (cells: number, pixels: number): Range[] => {
  const edges = cellEdges(cells, pixels)
  return Array.from({ length: cells }, (_, cell) => {
    const [from, to] = [edges[cell]!, edges[cell + 1]!]
    const under = Math.floor(((cell + 0.5) * pixels) / cells)
    return from < to ? [from, to] : [under, under + 1]
  })
}

const isInspected = (
  inspected: Uint8Array,
  stride: number,
  [left, right]: Range,
  [top, bottom]: Range,
): boolean => {
  for (let y = top; y < bottom; y++)
    for (let pixel = y * stride + left; pixel < y * stride + right; pixel++)
      if (inspected[pixel] === 0) return false
  return true
}
