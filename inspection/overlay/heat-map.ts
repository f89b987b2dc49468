import { loadSharp } from '../libvips.ts'
import { checkMap } from '../map.ts'
import type { AnomalyMap, Size } from '../types.ts'
import { type ColourMap, coloursOf } from './colour-maps.ts'

/**
 * The map alone in colours, as PNG, on the absolute scale from 0 to 1: stretched to its own highest value, every good
 * part would seem to have a defect.
 * @param size of the picture; by default the map's own, where pixels keep their exact colour
 * @throws MAP_INVALID
 */
export const heatMapPng = async (
  map: AnomalyMap,
  colourMap: ColourMap,
  size: Size = map,
): Promise<Buffer> => {
  checkMap(map)
  const sharp = await loadSharp()
  const rgb = colourise(map, colourMap, () => 1)
  return sharp(rgb, { raw: { width: map.width, height: map.height, channels: 4 } })
    .resize(size.width, size.height, { fit: 'fill' })
    .removeAlpha()
    .png()
    .toBuffer()
}

/**
 * The map in colours, RGBA, row-major, at its own size.
 * @param opacityOf opacity 0..1 of a probability 0..1
 */
export const colourise = (
  { data }: AnomalyMap,
  colourMap: ColourMap,
  opacityOf: (value: number) => number,
): Buffer => {
  const colours = coloursOf(colourMap)
  const alphas = Uint8Array.from({ length: 256 }, (_, level) => Math.round(255 * opacityOf(level / 255)))
  const rgba = Buffer.alloc(data.length * 4)
  for (let pixel = 0; pixel < data.length; pixel++) {
    const level = Math.round(255 * Math.min(1, Math.max(0, data[pixel]!)))
    rgba[pixel * 4] = colours[level * 3]!
    rgba[pixel * 4 + 1] = colours[level * 3 + 1]!
    rgba[pixel * 4 + 2] = colours[level * 3 + 2]!
    rgba[pixel * 4 + 3] = alphas[level]!
  }
  return rgba
}
