import { loadSharp } from '../../inspection/libvips.ts'
import { encodeOverlay, OVERLAY_DEFAULTS } from '../../inspection/overlay/index.ts'
import type { AnomalyMap, Mask, Size } from '../../inspection/types.ts'
import { pixelsOf, readSample } from '../datasets/index.ts'
import { highest } from './highest.ts'
import type { Candidate } from './worst.ts'

/**
 * Of the longer side, pixels: six of them stand in a row on a screen, and a page with hundreds can still be sent. Maps of a small model have this
 * size, and need not be enlarged.
 */
const LONGEST_SIDE = 224
const QUALITY = 85

/** JPEG files of one size. */
export interface CasePictures {
  readonly image: Buffer
  /** White where it is bad; null of a good image and where nobody has drawn the defect. */
  readonly truth: Buffer | null
  /** The image with its map in colours on it. */
  readonly map: Buffer
}

/**
 * Draws a case from its file and its map.
 * @param pixelThreshold colours are full from it on, or from the map's own highest value where that is lower, and begin at half of it
 * @throws DATASET_FILE_MISSING where the file has gone meanwhile; IMAGE_DAMAGED, MAP_INVALID
 */
export const drawCase = async (
  { sample, map, truth }: Candidate,
  pixelThreshold: number | null,
): Promise<CasePictures> => {
  const { data } = await readSample(sample)
  const whole = await pixelsOf(sample, data)
  const sharp = await loadSharp()
  const small = await sharp(whole.data, {
    raw: { width: whole.width, height: whole.height, channels: 3 },
    limitInputPixels: false,
  })
    .resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const size = { width: small.info.width, height: small.info.height }
  const raw = { kind: 'raw', data: small.data, channels: 3, ...size } as const
  return {
    image: await sharp(small.data, { raw: { ...size, channels: 3 } })
      .jpeg({ quality: QUALITY })
      .toBuffer(),
    truth: sample.label === 1 && truth ? await drawMask(truth, size) : null,
    map: await encodeOverlay(
      raw,
      { map, image: size, pixelThreshold: fullColourAt(map, pixelThreshold), found: null },
      { ...OVERLAY_DEFAULTS, quality: QUALITY },
    ),
  }
}

/** A miss may be below the threshold everywhere, and still shows where it is highest. */
const fullColourAt = ({ data }: AnomalyMap, pixelThreshold: number | null): number =>
  Math.min(pixelThreshold ?? 1, highest(data))

const drawMask = async ({ width, height, data }: Mask, size: Size): Promise<Buffer> => {
  const sharp = await loadSharp()
  return sharp(
    data.map((value) => 255 * value),
    { raw: { width, height, channels: 1 } },
  )
    .resize(size.width, size.height, { fit: 'fill', kernel: 'nearest' })
    .jpeg({ quality: QUALITY })
    .toBuffer()
}
