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

const maskFile = async (path: string): Promise<Mask> => maskFrom(await readData(path))

/** The same of a file's bytes. @throws IMAGE_FORMAT, IMAGE_DAMAGED, IMAGE_TOO_LARGE */
export const maskFrom = async (file: Uint8Array): Promise<Mask> => {
  const { width, height, rgb, format } = await decodeImage({ kind: 'encoded', data: file }, DEFAULT_LIMITS)
  const data = new Uint8Array(width * height)
  if (await isDeep(file, format)) markDeep(await deepSamples(file), data)
  else markGrey(rgb, data)
  return { width, height, data }
}

/** Whether a file that can be decoded has 16 bits a sample. */
const isDeep = async (file: Uint8Array, format: string): Promise<boolean> => {
  // Most masks are PNG, whose header has it in one place (PNG specification, §11.2.1 IHDR).
  if (format === 'png') return file[24] === 16
  if (format !== 'tiff') return false
  const sharp = await loadSharp()
  return (await sharp(file, { limitInputPixels: false }).metadata()).depth === 'ushort'
}

/**
 * RGB of a file with 16 bits a sample. As an image it is taken by its high bytes, where a defect that is numbered 1 would be black. It has been
 * decoded before, so that its size is within the limits.
 */
const deepSamples = async (file: Uint8Array): Promise<Uint16Array> => {
  const sharp = await loadSharp()
  const samples = await sharp(file, { autoOrient: true, ignoreIcc: true, limitInputPixels: false })
    .toColourspace('rgb16')
    .removeAlpha()
    .raw({ depth: 'ushort' })
    .toBuffer()
  return new Uint16Array(samples.buffer, samples.byteOffset, samples.length / 2)
}

const markDeep = (samples: Uint16Array, mask: Uint8Array): void => {
  for (let i = 0; i < samples.length; i++) if (samples[i]) mask[Math.floor(i / 3)] = 1
}

const markGrey = (rgb: Uint8Array, mask: Uint8Array): void => {
  for (let i = 0, sample = 0; i < mask.length; i++, sample += 3) {
    const [red, green, blue] = [rgb[sample], rgb[sample + 1], rgb[sample + 2]]
    // Most are black.
    if ((red | green | blue) !== 0 && greyOf(red, green, blue) > 0) mask[i] = 1
  }
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
