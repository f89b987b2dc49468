import { decodeImage } from '../../engine/image/index.ts'
import type { ImageInput, ImageLimits } from '../../engine/types.ts'
import { encodeOverlay, OVERLAY_DEFAULTS } from '../../inspection/overlay/index.ts'
import type { AnomalyMap } from '../../inspection/types.ts'

export interface OverlayScale {
  readonly limits: ImageLimits
  /** 0..1: colours are full from here on and begin at half of it; null lets them rise over all of 0..1. */
  readonly pixelThreshold: number | null
}

/** The image with its map in colours on it, as JPEG; decoded as it was for the model, so that the two lie on each other. */
export const overlayOf = async (
  input: ImageInput,
  map: AnomalyMap,
  { limits, pixelThreshold }: OverlayScale,
): Promise<Buffer> => {
  const { width, height, rgb } = await decodeImage(input, limits)
  return encodeOverlay(
    { kind: 'raw', data: rgb, width, height, channels: 3 },
    { map, image: { width, height }, pixelThreshold, found: null },
    OVERLAY_DEFAULTS,
  )
}
