import { resizeMask } from '../../engine/image/index.ts'
import { type CodedError, codedError } from '../../errors/index.ts'
import type { Mask, Size } from '../../inspection/types.ts'
import { cutBand } from './band.ts'
import { readMask } from './mask.ts'
import type { Sample } from './types.ts'

/** Where a sample is bad. */
export interface Truth {
  /** At the model's size; null where nobody has drawn the defect. */
  readonly mask: Mask | null
  /** Size that it was drawn in, the whole image's; null of an image without a mask. */
  readonly drawn: Size | null
  /** Where mask and label do not go together: what was made of them. */
  readonly remark: CodedError | null
}

/**
 * Loads the truth about a sample for maps of side × side.
 * @throws DATASET_FILE_MISSING, MASK_RLE; IMAGE_EMPTY, IMAGE_FORMAT, IMAGE_DAMAGED, IMAGE_TOO_LARGE
 */
export const loadTruth = async (sample: Sample, side: number): Promise<Truth> => {
  const { label, mask, crop } = sample
  if (!mask) return { mask: label === 0 ? cleanMask(side) : null, drawn: null, remark: null }
  const whole = await readMask(mask)
  const drawn = { width: whole.width, height: whole.height }
  // Parts of an image have their labels from its mask.
  if (!crop && whole.data.includes(1) !== (label === 1))
    return { mask: label === 0 ? cleanMask(side) : null, drawn, remark: contradiction(sample) }
  return { mask: resized(cutBand(whole, crop), side), drawn, remark: null }
}

/** One for all good images: nobody writes to it. */
const cleanMask = (side: number): Mask => {
  if (clean.width !== side) clean = { width: side, height: side, data: new Uint8Array(side * side) }
  return clean
}
let clean: Mask = { width: 0, height: 0, data: new Uint8Array() }

const contradiction = ({ image, label, mask }: Sample): CodedError => {
  const where = mask?.kind === 'file' ? mask.path : 'in the list'
  return codedError(
    'DATASET_MASK_LABEL',
    label === 1
      ? `the mask of the bad image ${image} is black all over (${where}), expected the defect in white; its pixels were ` +
          'left out, its score counts. Draw the mask, or move the image to the good ones.'
      : `the mask of the good image ${image} is not black (${where}), expected no defect; the image counts as good all ` +
          'over. Move it to the bad ones, or take the mask away.',
  )
}

/** @param mask is drawn over: a large one costs more to copy than to shrink */
const resized = ({ width, height, data }: Mask, side: number): Mask => {
  for (let i = 0; i < data.length; i++) data[i] = data[i] === 0 ? 0 : 255
  const small = resizeMask(data, width, height, side, side)
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
