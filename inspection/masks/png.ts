import type { ImageMask } from '../enlarge.ts'
import { loadSharp } from '../libvips.ts'
import { checkMap } from '../map.ts'
import type { AnomalyMap } from '../types.ts'

/**
 * 8-bit grey PNG at the image's size: 255 = anomalous, 0 = not.
 *
 * libvips enlarges and packs in its own threads. Its `resize` rounds to other cells than `ImageMask` promises, but its
 * `affine` with nearest neighbour shows cell ⌊(x − odx)·cells/pixels⌋: half a pixel makes it the cell under the pixel's
 * centre. The quarter of 1/cells on top is less than centres are apart from edges they do not lie on, and keeps those
 * that do from falling to the wrong side by rounding.
 */
export const maskPng = async ({ cells, width, height }: ImageMask): Promise<Buffer> => {
  const sharp = await loadSharp()
  const grey = cells.data.map((value) => value * 255)
  return sharp(grey, { raw: { width: cells.width, height: cells.height, channels: 1 } })
    .affine(
      [
        [width / cells.width, 0],
        [0, height / cells.height],
      ],
      { interpolator: 'nearest', odx: -0.5 - 1 / (4 * cells.width), ody: -0.5 - 1 / (4 * cells.height) },
    )
    .toColourspace('b-w')
    .png()
    .toBuffer()
}

/**
 * 16-bit grey PNG of the map at its own size, so that every value is one of the model's: round(p · 65535).
 * @throws MAP_INVALID
 */
export const mapPng = async (map: AnomalyMap): Promise<Buffer> => {
  checkMap(map)
  const sharp = await loadSharp()
  // Float rounding in the graph's smoothing can leave a value a hair outside of 0..1.
  const grey = new Uint16Array(map.data.length)
  for (let pixel = 0; pixel < grey.length; pixel++)
    grey[pixel] = Math.round(Math.min(1, Math.max(0, map.data[pixel]!)) * 65_535)
  return sharp(grey, { raw: { width: map.width, height: map.height, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer()
}
