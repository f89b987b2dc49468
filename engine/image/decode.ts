import { createHash } from 'node:crypto'
import { codedError } from '../../errors/index.ts'
import type { ImageInput, ImageLimits } from '../types.ts'
import { decodeBmp } from './bmp.ts'
import { type EncodedFormat, sniffFormat, unknownFormat } from './format.ts'
import { decodeWithLibvips } from './libvips.ts'
import { checkBytes, checkPixels } from './limits.ts'
import { checkRaw, type RawImage, rgbFromRaw } from './raw.ts'

/** An image as the model's preprocessing takes it. */
export interface DecodedImage {
  /** After EXIF rotation. */
  readonly width: number
  readonly height: number
  readonly format: EncodedFormat | 'raw'
  /** Of the bytes as they came in: the encoded file, or the raw samples. */
  readonly sha256: string
  /** Interleaved, row-major, 8 bits a sample: width × height × 3. */
  readonly rgb: Uint8Array
}

/**
 * Decodes to RGB. For the inference process: it takes as long as it takes, and a bomb or a fault in native code takes
 * only that process with it. `limits.maxBytes` is for encoded images; raw pixels are held by `maxPixels` alone.
 * @throws IMAGE_EMPTY; IMAGE_TOO_LARGE before anything is decoded; IMAGE_FORMAT, IMAGE_RAW, IMAGE_DAMAGED
 */
export const decodeImage = async (input: ImageInput, limits: ImageLimits): Promise<DecodedImage> => {
  const image = input.kind === 'raw' ? decodeRaw(input, limits) : await decodeEncoded(input.data, limits)
  return { ...image, sha256: sha256Of(input.data) }
}

type Unhashed = Omit<DecodedImage, 'sha256'>

const decodeRaw = (raw: RawImage, limits: ImageLimits): Unhashed => {
  checkRaw(raw)
  checkPixels(raw.width, raw.height, limits)
  return { width: raw.width, height: raw.height, format: 'raw', rgb: rgbFromRaw(raw) }
}

const decodeEncoded = async (data: Uint8Array, limits: ImageLimits): Promise<Unhashed> => {
  if (data.byteLength === 0)
    throw codedError('IMAGE_EMPTY', 'the image has no bytes; was it read before it was written?')
  checkBytes(data.byteLength, limits)
  const format = sniffFormat(data)
  if (!format) throw unknownFormat(data, 'the image')
  const pixels = format === 'bmp' ? decodeBmp(data, limits) : await decodeWithLibvips(data, limits)
  return { format, ...pixels }
}

const sha256Of = (data: ImageInput['data']): string => createHash('sha256').update(data).digest('hex')
