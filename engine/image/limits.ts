import { codedError } from '../../errors/index.ts'
import type { ImageLimits } from '../types.ts'

/** 32 MiB hold any camera's JPEG or PNG; 50 megapixels are 150 MB once decoded. */
export const DEFAULT_LIMITS: ImageLimits = { maxBytes: 32 * 1024 * 1024, maxPixels: 50_000_000 }

/** @throws IMAGE_TOO_LARGE before a byte of the image is read */
export const checkBytes = (bytes: number, { maxBytes }: ImageLimits): void => {
  if (bytes <= maxBytes) return
  throw codedError(
    'IMAGE_TOO_LARGE',
    `the encoded image has ${bytes} bytes, at most ${maxBytes} are allowed; send a smaller one or raise maxMegabytes of the model`,
  )
}

/** @throws IMAGE_TOO_LARGE; a few kilobytes can announce gigabytes, so this comes before any pixel is decoded */
export const checkPixels = (width: number, height: number, { maxPixels }: ImageLimits): void => {
  if (width * height <= maxPixels) return
  throw codedError(
    'IMAGE_TOO_LARGE',
    `the image has ${width} × ${height} = ${width * height} pixels, at most ${maxPixels} are allowed; ` +
      'send a smaller one or raise maxMegapixels of the model',
  )
}
