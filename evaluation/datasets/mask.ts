import { readFile } from 'node:fs/promises'
import { DEFAULT_LIMITS, decodeImage } from '../../engine/image/index.ts'
import { codedError, messageOf } from '../../errors/index.ts'
import { loadSharp } from '../../inspection/libvips.ts'
import { decodeRle } from '../../inspection/masks/index.ts'
import type { Mask } from '../../inspection/types.ts'
import { fillPolygon } from './polygon.ts'
import type { MaskSource } from './types.ts'

/**
 * A mask as it is drawn: anomalous wherever the file's grey is above 0, as the reference has it.
 * @throws DATASET_FILE_MISSING; IMAGE_FORMAT, IMAGE_DAMAGED, IMAGE_TOO_LARGE; MASK_RLE
 */
export const readMask = async (source: MaskSource): Promise<Mask> => {
  if (source.kind === 'file') return maskFile(source.path)
  const { width, height, shapes } = source
  const data = new Uint8Array(width * height)
  for (const shape of shapes)
    if (shape.kind === 'polygon') fillPolygon({ width, height, data }, shape.points)
    else
      for (const [i, value] of decodeRle({ size: [height, width], counts: shape.counts }).data.entries())
        if (value) data[i] = 1
  return { width, height, data }
}

const maskFile = async (path: string): Promise<Mask> => {
  const file = await readData(path)
  const { width, height, rgb, format } = await decodeImage({ kind: 'encoded', data: file }, DEFAULT_LIMITS)
  const data = new Uint8Array(width * height)
  if (format === 'png' || format === 'tiff') {
    const deep = await deepSamples(file)
    if (deep) {
      for (let i = 0; i < deep.length; i++) if (deep[i]) data[Math.floor(i / 3)] = 1
      return { width, height, data }
    }
  }
  for (let i = 0, sample = 0; i < data.length; i++, sample += 3)
    data[i] = greyOf(rgb[sample], rgb[sample + 1], rgb[sample + 2]) > 0 ? 1 : 0
  return { width, height, data }
}

/**
 * RGB of a file with 16 bits a sample, undefined of others. As an image such a file is taken by its high bytes, where a
 * defect that is numbered 1 would be black. It has been decoded before, so that its size is within the limits.
 */
const deepSamples = async (file: Uint8Array): Promise<Uint16Array | undefined> => {
  const sharp = await loadSharp()
  const { depth } = await sharp(file, { limitInputPixels: false }).metadata()
  if (depth !== 'ushort') return undefined
  const samples = await sharp(file, { autoOrient: true, ignoreIcc: true, limitInputPixels: false })
    .toColourspace('rgb16')
    .removeAlpha()
    .raw({ depth: 'ushort' })
    .toBuffer()
  return new Uint16Array(samples.buffer, samples.byteOffset, samples.length / 2)
}

/** ITU-R 601 in 16 bits after the point, rounded: Pillow's convert('L') (libImaging/Convert.c). */
const greyOf = (red: number, green: number, blue: number): number =>
  (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16

/** @throws DATASET_FILE_MISSING */
export const readData = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(path)
  } catch (cause) {
    throw codedError(
      'DATASET_FILE_MISSING',
      `${path} cannot be read (${messageOf(cause)}); it was there before`,
      {
        cause,
      },
    )
  }
}
