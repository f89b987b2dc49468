import { DEFAULT_LIMITS, decodeImage, resizeBilinear } from '../../engine/image/index.ts'
import type { ImageInput } from '../../engine/types.ts'
import { codedError } from '../../errors/index.ts'
import { cutBand } from './band.ts'
import { readData, readMask } from './mask.ts'
import type { Sample } from './types.ts'

export interface LoadedSample {
  /** Decoded and cut, for an engine. */
  readonly image: ImageInput & { readonly kind: 'raw' }
  /** Of the file as it lies there; samples cut from one image share it. */
  readonly sha256: string
  /** `size × size`, row-major, 1 = anomalous; absent where nobody has drawn the defect. */
  readonly truth?: Uint8Array
}

/**
 * Loads an image and the truth about it at the model's size.
 * @throws DATASET_FILE_MISSING, DATASET_MASK_SIZE, MASK_RLE; IMAGE_EMPTY, IMAGE_FORMAT, IMAGE_DAMAGED, IMAGE_TOO_LARGE
 */
export const loadSample = async (sample: Sample, size: number): Promise<LoadedSample> => {
  const data = await readData(sample.image)
  const { sha256, rgb, ...whole } = await decodeImage({ kind: 'encoded', data }, DEFAULT_LIMITS)
  const { width, height, data: cut } = cutBand({ ...whole, data: rgb }, sample.crop)
  const truth = await loadTruth(sample, size, whole)
  return { image: { kind: 'raw', data: cut, width, height, channels: 3 }, sha256, ...(truth && { truth }) }
}

/** The truth alone; `image` is the size of the whole image. */
const loadTruth = async (
  { image: file, label, mask, crop }: Sample,
  size: number,
  image: { readonly width: number; readonly height: number },
): Promise<Uint8Array | undefined> => {
  if (!mask) return label === 0 ? new Uint8Array(size * size) : undefined
  const drawn = await readMask(mask)
  if (drawn.width !== image.width || drawn.height !== image.height)
    throw codedError(
      'DATASET_MASK_SIZE',
      `the mask ${mask.kind === 'file' ? mask.path : 'in the list'} has ${drawn.width} × ${drawn.height} pixels, ` +
        `${file} has ${image.width} × ${image.height}; they do not belong together.`,
    )
  const { width, height, data } = cutBand(drawn, crop)
  const rgb = new Uint8Array(3 * data.length)
  for (let i = 0; i < data.length; i++) if (data[i]) rgb.fill(255, 3 * i, 3 * i + 3)
  const resized = resizeBilinear(rgb, width, height, size, size)
  // The reference's > 0.5 of value / 255.
  return Uint8Array.from({ length: size * size }, (_, i) => (resized[3 * i] > 127 ? 1 : 0))
}
