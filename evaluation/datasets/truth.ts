import { resizeMask } from '../../engine/image/index.ts'
import { codedError } from '../../errors/index.ts'
import type { Mask, Size } from '../../inspection/types.ts'
import { cutBand } from './band.ts'
import { readMask } from './mask.ts'
import type { Sample } from './types.ts'

/** Where a sample is bad. */
export interface Truth {
  /** At the model's size. */
  readonly mask: Mask
  /** Size that it was drawn in, the whole image's; null of a good image, which nobody draws. */
  readonly drawn: Size | null
}

/**
 * Loads the truth about a sample for maps of side × side; null where nobody has drawn the defect.
 * @throws DATASET_FILE_MISSING, MASK_RLE; IMAGE_EMPTY, IMAGE_FORMAT, IMAGE_DAMAGED, IMAGE_TOO_LARGE
 */
export const loadTruth = async ({ label, mask, crop }: Sample, side: number): Promise<Truth | null> => {
  if (!mask) {
    const clean = { width: side, height: side, data: new Uint8Array(side * side) }
    return label === 0 ? { mask: clean, drawn: null } : null
  }
  const whole = await readMask(mask)
  return {
    mask: resized(cutBand(whole, crop), side),
    drawn: { width: whole.width, height: whole.height },
  }
}

const resized = ({ width, height, data }: Mask, side: number): Mask => {
  const white = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i++) white[i] = data[i] ? 255 : 0
  const small = resizeMask(white, width, height, side, side)
  // The reference's > 0.5 of value / 255.
  for (let i = 0; i < small.length; i++) small[i] = small[i] > 127 ? 1 : 0
  return { width: side, height: side, data: small }
}

/** Holds a mask against its whole image. @throws DATASET_MASK_SIZE */
export const checkMaskSize = ({ image: file, mask }: Sample, drawn: Size, image: Size): void => {
  if (drawn.width === image.width && drawn.height === image.height) return
  throw codedError(
    'DATASET_MASK_SIZE',
    `the mask ${mask?.kind === 'file' ? mask.path : 'in the list'} has ${drawn.width} × ${drawn.height} pixels, ` +
      `${file} has ${image.width} × ${image.height}; they do not belong together.`,
  )
}
