import { readFile } from 'node:fs/promises'
import { DEFAULT_LIMITS, decodeImage, resizeBilinear } from '../../engine/image/index.ts'
import { codedError } from '../../errors/index.ts'
import type { Mask, Size } from '../../inspection/types.ts'

/**
 * The ground truth of an image at the model's size, as the published code takes it: whatever is not black is anomalous, resized like Pillow's
 * bilinear filter and cut at one half.
 * @param image size of the image that it belongs to; null = not to be checked
 * @throws EVALUATION_MASK of another size than its image; IMAGE_… when it does not decode
 */
export const readMask = async (file: string, image: Size | null, side: number): Promise<Mask> => {
  const data = await readFile(file)
  const { rgb, width, height } = await decodeImage({ kind: 'encoded', data }, DEFAULT_LIMITS)
  if (image && (width !== image.width || height !== image.height))
    throw codedError(
      'EVALUATION_MASK',
      `the mask has ${width} × ${height} pixels, its image ${image.width} × ${image.height}. Give the mask of this image.`,
    )
  const full = new Uint8Array(rgb.length)
  for (let i = 0; i < rgb.length; i += 3)
    if (rgb[i]! > 0 || rgb[i + 1]! > 0 || rgb[i + 2]! > 0) full.fill(255, i, i + 3)
  const resized = resizeBilinear(full, width, height, side, side)
  const mask = new Uint8Array(side * side)
  for (let i = 0; i < mask.length; i++) mask[i] = resized[3 * i]! > 127 ? 1 : 0
  return { width: side, height: side, data: mask }
}
