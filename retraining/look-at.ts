import { type DecodedImage, decodeImage } from '../engine/image/decode.ts'
import { DEFAULT_LIMITS } from '../engine/image/limits.ts'
import type { ImageInput } from '../engine/index.ts'
import { codedError } from '../errors/index.ts'
import { maskFrom } from '../evaluation/datasets/mask.ts'
import { loadSharp } from '../inspection/libvips.ts'

/** An image as it came, and what somebody has drawn on it; null = nobody has. */
export interface Asked {
  readonly image: ImageInput
  readonly mask: ImageInput | null
}

/** What is to be kept of one. */
export interface LookedAt {
  /** Of the bytes as they came. */
  readonly sha256: string
  /** Of the file's name. */
  readonly ending: string
  /** Of raw pixels; null = the file is kept as it came. */
  readonly png: Uint8Array | null
}

export interface Looked {
  readonly image: LookedAt
  readonly mask: LookedAt | null
}

/**
 * Decodes both to see that they can be learnt from. For a process of its own, as the engine decodes.
 * @throws IMAGE_…, DATASET_MASK_SIZE, DATASET_MASK_LABEL
 */
export const lookAt = async ({ image, mask }: Asked): Promise<Looked> => {
  const seen = await decodeImage(image, DEFAULT_LIMITS)
  return { image: await kept(image, seen), mask: mask && (await lookAtMask(mask, seen)) }
}

/** Around what is drawn, their black is not quite black. */
const LOSSY: readonly string[] = ['jpeg', 'webp']

const kept = async (
  given: ImageInput,
  { sha256, format, width, height, rgb }: DecodedImage,
): Promise<LookedAt> => {
  if (given.kind === 'encoded') return { sha256, ending: format, png: null }
  return { sha256, ending: 'png', png: await pngOf(rgb, { width, height, channels: 3 }) }
}

/** Black and white, by the brightest of red, green and blue. */
const keptCut = async ({ sha256, width, height, rgb }: DecodedImage): Promise<LookedAt> => {
  const cut = new Uint8Array(width * height)
  for (let i = 0; i < rgb.length; i++) if (rgb[i]! > 127) cut[Math.floor(i / 3)] = 255
  return { sha256, ending: 'png', png: await pngOf(cut, { width, height, channels: 1 }) }
}

const pngOf = async (
  pixels: Uint8Array,
  raw: { readonly width: number; readonly height: number; readonly channels: 1 | 3 },
): Promise<Uint8Array> => {
  const sharp = await loadSharp()
  return sharp(pixels, { raw }).png().toBuffer()
}

const lookAtMask = async (mask: ImageInput, image: DecodedImage): Promise<LookedAt> => {
  const seen = await decodeImage(mask, DEFAULT_LIMITS)
  if (sizeOf(seen) !== sizeOf(image))
    throw codedError(
      'DATASET_MASK_SIZE',
      `the mask has ${sizeOf(seen)} pixels and its image ${sizeOf(image)}; draw it at the size of the image.`,
    )
  const isLossy = LOSSY.includes(seen.format)
  const file = isLossy ? await keptCut(seen) : await kept(mask, seen)
  // As a training will read it.
  const { data } = await maskFrom(file.png ?? (mask.data as Uint8Array))
  if (!data.includes(1))
    throw codedError(
      'DATASET_MASK_LABEL',
      `the mask is black all over${isLossy ? `, where a ${seen.format} counts from half the brightness on` : ''}; ` +
        'whatever is bad has to be drawn in white. Send no mask where nobody has drawn one.',
    )
  return file
}

const sizeOf = ({ width, height }: DecodedImage): string => `${width} × ${height}`
