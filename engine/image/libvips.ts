import type { Metadata, SharpOptions } from 'sharp'
import { codedError, messageOf } from '../../errors/index.ts'
import type { ImageLimits } from '../types.ts'
import { checkPixels } from './limits.ts'

interface DecodedPixels {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** Colour spaces that turn into RGB without an opinion; Lab, float and many-banded TIFF files are not pictures of a camera. */
const SPACES = ['srgb', 'rgb', 'rgb16', 'b-w', 'grey16', 'cmyk']
const DEPTHS = ['uchar', 'ushort']

/**
 * Decodes with sharp to exactly the values that are stored: embedded colour profiles are ignored, of 16 bits the high
 * byte is taken, alpha is dropped unblended, EXIF orientation is applied, of several frames or pages the first counts.
 * @throws IMAGE_TOO_LARGE from the header alone; IMAGE_FORMAT; IMAGE_DAMAGED
 */
export const decodeWithLibvips = async (data: Uint8Array, limits: ImageLimits): Promise<DecodedPixels> => {
  const sharp = await loadSharp()
  // The limit is ours here, so that the error can name the size.
  const header = await sharp(data, { limitInputPixels: false }).metadata().catch(damaged)
  checkPixels(header.width, header.height, limits)
  checkVariant(header)

  const options: SharpOptions = {
    autoOrient: true,
    ignoreIcc: true,
    limitInputPixels: limits.maxPixels,
    // To libjpeg a hole in the middle of the data is but a warning, and it paints the rest grey: an anomaly that is none.
    failOn: 'warning',
  }
  const isCmyk = header.space === 'cmyk'
  const pipeline = isCmyk
    ? sharp(data, options).pipelineColourspace('cmyk').toColourspace('cmyk')
    : sharp(data, options).toColourspace('srgb')
  const { data: samples, info } = await pipeline
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(damaged)
  return { width: info.width, height: info.height, rgb: isCmyk ? rgbFromCmyk(samples) : samples }
}

/** Loaded on the first image, so that the flow's process, which never decodes, does without libvips. */
const loadSharp = async () => {
  const { default: sharp } = await import('sharp')
  // Cores belong to the inference, and no two images are the same.
  sharp.concurrency(1)
  sharp.cache(false)
  return sharp
}

const checkVariant = ({ format, space, depth }: Metadata): void => {
  if (SPACES.includes(space) && DEPTHS.includes(depth) && !(space === 'cmyk' && depth !== 'uchar')) return
  throw codedError(
    'IMAGE_FORMAT',
    `this ${format.toUpperCase()} file has the colour space ${space} with samples of the type ${depth}, expected grey, RGB or ` +
      'palette with 1 to 16 bits, or CMYK with 8',
  )
}

/** R = (255 - C)·(255 - K)/255, as Pillow's convert('RGB'), not through a press's colour profile as libvips would. */
const rgbFromCmyk = (cmyk: Uint8Array): Uint8Array => {
  const rgb = new Uint8Array((cmyk.length / 4) * 3)
  for (let source = 0, target = 0; source < cmyk.length; source += 4, target += 3) {
    const light = 255 - cmyk[source + 3]
    for (let ink = 0; ink < 3; ink++)
      rgb[target + ink] = light - Math.round((cmyk[source + ink] * light) / 255)
  }
  return rgb
}

const damaged = (cause: unknown): never => {
  throw codedError(
    'IMAGE_DAMAGED',
    `the image cannot be decoded completely (${messageOf(cause).replaceAll(/\s+/g, ' ').trim()}); was it cut off on its way?`,
    { cause },
  )
}
