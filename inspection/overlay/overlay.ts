import { codedError, messageOf } from '../../errors/index.ts'
import { loadSharp } from '../libvips.ts'
import { checkMap } from '../map.ts'
import type { FoundRegions } from '../regions/index.ts'
import type { AnomalyMap, Size } from '../types.ts'
import type { ColourMap } from './colour-maps.ts'
import { colourise } from './heat-map.ts'
import { type Marks, marksSvg } from './marks.ts'

/** The original image: as a file that sharp reads (every format of the engine but BMP), or as interleaved samples. */
export type Picture =
  | { readonly kind: 'encoded'; readonly data: Uint8Array }
  | {
      readonly kind: 'raw'
      readonly data: Uint8Array | Uint16Array
      readonly width: number
      readonly height: number
      readonly channels: 1 | 2 | 3 | 4
    }

export interface OverlayOptions {
  readonly colourMap: ColourMap
  /** Of the colours where the map is highest, 0..1. */
  readonly opacity: number
  /** Of the JPEG, 1..100. */
  readonly quality: number
  readonly marks: Marks
}

export const OVERLAY_DEFAULTS: OverlayOptions = {
  colourMap: 'inferno',
  opacity: 0.5,
  quality: 85,
  marks: 'outlines',
}

/** What is laid over a picture. */
export interface OverlayContent {
  readonly map: AnomalyMap
  /** Size of the image that was inspected, after EXIF rotation. */
  readonly image: Size
  /** 0..1 or null: colours begin at half of it and are full from it on; without one they rise over all of 0..1. */
  readonly pixelThreshold: number | null
  /** What `marks` marks; null where no pixel threshold is set. */
  readonly found: FoundRegions | null
}

/**
 * The original image with the map in colours on it, as JPEG at the image's size. Normal parts stay as they are: the
 * colours are transparent there. Decoding, enlarging, blending and encoding run in libvips' threads.
 * @throws MASK_OPTIONS, MAP_INVALID; MASK_IMAGE_SIZE when the picture is not of the inspected image's size, before it is
 *   decoded; IMAGE_DAMAGED
 */
export const encodeOverlay = async (
  picture: Picture,
  { map, image, pixelThreshold, found }: OverlayContent,
  options: OverlayOptions,
): Promise<Buffer> => {
  checkOptions(options)
  checkMap(map)
  await checkSize(picture, image)
  const sharp = await loadSharp()
  const { width, height } = image
  const opacityOf = (value: number): number => options.opacity * rise(value, pixelThreshold)
  const small = colourise(map, options.colourMap, opacityOf)
  const [photo, colours] = await Promise.all([
    rgbOf(picture),
    map.width === width && map.height === height
      ? small
      : sharp(small, { raw: { width: map.width, height: map.height, channels: 4 } })
          .resize(width, height, { fit: 'fill' })
          .raw()
          .toBuffer(),
  ])
  const svg = found === null ? '' : marksSvg(found, options.marks)
  return sharp(photo, { raw: { width, height, channels: 3 } })
    .composite([
      { input: colours, raw: { width, height, channels: 4 } },
      ...(svg === '' ? [] : [{ input: Buffer.from(svg) }]),
    ])
    .jpeg({ quality: options.quality })
    .toBuffer()
}

/** 0 up to half of the threshold, 1 from it on, straight in between. */
const rise = (value: number, threshold: number | null): number => {
  const [none, full] = threshold === null ? [0, 1] : [threshold / 2, threshold]
  return value >= full ? 1 : Math.max(0, (value - none) / (full - none))
}

const checkOptions = ({ opacity, quality }: OverlayOptions): void => {
  if (!(opacity >= 0 && opacity <= 1))
    throw codedError('MASK_OPTIONS', `the opacity is ${opacity}, expected a number from 0 to 1.`)
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100))
    throw codedError('MASK_OPTIONS', `the JPEG quality is ${quality}, expected a whole number from 1 to 100.`)
}

/** The header tells the size, so a picture that is another one, or a decompression bomb, is not decoded. */
const checkSize = async (picture: Picture, image: Size): Promise<void> => {
  const { width, height } = picture.kind === 'raw' ? picture : await sizeOf(picture.data)
  if (width === image.width && height === image.height) return
  throw codedError(
    'MASK_IMAGE_SIZE',
    `the picture has ${width} × ${height} pixels, the image that was inspected ${image.width} × ${image.height}. ` +
      'Give the overlay the image that anomalyclip-infer got.',
  )
}

const sizeOf = async (data: Uint8Array): Promise<Size> => {
  const sharp = await loadSharp()
  const { autoOrient } = await sharp(data, { limitInputPixels: false }).metadata().catch(damaged)
  return autoOrient
}

/** 8-bit RGB; EXIF rotation applied, of 16 bits the high byte, alpha dropped: what the model saw. */
const rgbOf = async (picture: Picture): Promise<Buffer> => {
  const sharp = await loadSharp()
  const source =
    picture.kind === 'encoded'
      ? sharp(picture.data, { autoOrient: true, limitInputPixels: false })
      : sharp(picture.data, {
          raw: { width: picture.width, height: picture.height, channels: picture.channels },
          limitInputPixels: false,
        })
  return source.toColourspace('srgb').removeAlpha().raw().toBuffer().catch(damaged)
}

const damaged = (cause: unknown): never => {
  throw codedError(
    'IMAGE_DAMAGED',
    `the picture for the overlay cannot be decoded (${messageOf(cause).replaceAll(/\s+/g, ' ').trim()}). ` +
      'Give the overlay the image that anomalyclip-infer got.',
    { cause },
  )
}
