import type { Mask, Size } from '../../inspection/types.ts'
import { fillOutline, outlineOf } from './outline.ts'
import type { View } from './types.ts'
import { wrong } from './wrong.ts'

/**
 * The pixels of an image that a view inspects: one byte each, 1 = inspected; null where it is all of them.
 * @param ignoreMask the decoded mask image, 1 = ignored; of the image's proportions, and laid over it as maps are: pixel x of W
 *   shows its column ⌊(x + ½)·M/W⌋
 * @throws IMAGE_VIEW when the mask has other proportions
 */
export const inspectedPixels = (
  { region = [], ignore = [] }: View,
  ignoreMask: Mask | null,
  image: Size,
): Uint8Array | null => {
  if (region.length === 0 && ignore.length === 0 && ignoreMask === null) return null
  const pixels = new Uint8Array(image.width * image.height)
  if (region.length === 0) pixels.fill(1)
  for (const shape of region) fillOutline(pixels, image, outlineOf(shape, image), 1)
  for (const shape of ignore) fillOutline(pixels, image, outlineOf(shape, image), 0)
  if (ignoreMask !== null) takeOut(pixels, image, ignoreMask)
  return pixels
}

const takeOut = (pixels: Uint8Array, image: Size, mask: Mask): void => {
  checkProportions(mask, image)
  const columns = Uint32Array.from({ length: image.width }, (_, x) =>
    Math.floor(((2 * x + 1) * mask.width) / (2 * image.width)),
  )
  for (let y = 0, pixel = 0; y < image.height; y++) {
    const row = Math.floor(((2 * y + 1) * mask.height) / (2 * image.height)) * mask.width
    for (let x = 0; x < image.width; x++, pixel++) if (mask.data[row + columns[x]!] !== 0) pixels[pixel] = 0
  }
}

/** A mask of another camera, or one that was turned, must not be taken for this one's; a pixel is lost when one is made smaller. */
const checkProportions = (mask: Size, image: Size): void => {
  const isAlike =
    Math.abs(mask.width * image.height - mask.height * image.width) <= Math.max(image.width, image.height)
  if (!isAlike)
    throw wrong(
      'ignoreMask',
      `${mask.width} × ${mask.height} pixels`,
      `the proportions of the image, which has ${image.width} × ${image.height}`,
    )
}
