import { codedError } from '../../errors/index.ts'
import { encodeOverlay, OVERLAY_DEFAULTS, type OverlayOptions, type Picture } from '../overlay/index.ts'
import { type FoundRegions, findRegions } from '../regions/index.ts'
import type { EncodedMask } from '../types.ts'
import { mapPng, maskPng } from './png.ts'
import { polygonsOf } from './polygons.ts'
import { cocoRleOf } from './rle.ts'
import type { MaskSource } from './source.ts'

export type MaskEncoding = EncodedMask['encoding']

export interface MaskOptions {
  readonly encoding: MaskEncoding
  /** 0..1; null leaves regions out, which only `png16` and `overlay` do without. */
  readonly pixelThreshold: number | null
  /** Percent of the map that a connected region must cover to be in the mask, 0..100. */
  readonly minArea: number
  readonly overlay?: Partial<OverlayOptions>
}

/** Whether an encoding says where the map is above a threshold, and so cannot be made without one. */
export const needsThreshold = (encoding: MaskEncoding): boolean =>
  encoding !== 'png16' && encoding !== 'overlay'

/**
 * Encodes a map as `msg.mask`.
 * @param pictureOf gives the original image; only asked for an overlay
 * @throws MAP_INVALID, MASK_OPTIONS, and for an overlay MASK_IMAGE_SIZE, IMAGE_DAMAGED and what `pictureOf` throws
 */
export const encodeMask = async (
  { map, image }: Pick<MaskSource, 'map' | 'image'>,
  { encoding, pixelThreshold, minArea, overlay }: MaskOptions,
  pictureOf: () => Promise<Picture>,
): Promise<EncodedMask> => {
  const found = pixelThreshold === null ? null : findRegions(map, { pixelThreshold, minArea }, image)
  const sized = { width: image.width, height: image.height, regions: found?.regions ?? [] }
  switch (encoding) {
    case 'png16':
      return { ...sized, encoding, width: map.width, height: map.height, data: await mapPng(map) }
    case 'overlay': {
      const content = { map, image, pixelThreshold, found }
      const data = await encodeOverlay(await pictureOf(), content, { ...OVERLAY_DEFAULTS, ...overlay })
      return { ...sized, encoding, data }
    }
    case 'png':
      return { ...sized, encoding, data: await maskPng(needed(found, encoding).mask) }
    case 'rle':
      return { ...sized, encoding, rle: cocoRleOf(needed(found, encoding).mask) }
    case 'polygons':
      return { ...sized, encoding, polygons: polygonsOf(needed(found, encoding)) }
    case 'boxes':
      return { ...sized, encoding, boxes: needed(found, encoding).regions.map(({ bbox }) => bbox) }
  }
}

const needed = (found: FoundRegions | null, encoding: MaskEncoding): FoundRegions => {
  if (found !== null) return found
  throw codedError(
    'MASK_OPTIONS',
    `the encoding ${encoding} needs a pixel threshold and there is none. Set one in threshold or in mask-encode.`,
  )
}
