import { createHash } from 'node:crypto'
import { codedError, messageOf } from '../../errors/index.ts'
import type { Mask } from '../../inspection/types.ts'
import { decodeImage } from '../image/index.ts'
import type { ImageLimits } from '../types.ts'
import { wrong } from './wrong.ts'

/** A mask comes with every image of its camera; one camera's share of the memory is its mask, a byte a pixel. */
const MAX_KEPT_PIXELS = 64_000_000

export interface MaskImage extends Mask {
  /** Of the file. */
  readonly sha256: string
}

export type OpenMask = (file: Uint8Array) => Promise<MaskImage>

/**
 * Decodes mask images, 1 = ignored: what is not black. Those used last are kept, so that each is decoded once.
 * @throws IMAGE_VIEW for what cannot be decoded, and for another format than PNG, whose pixels might not be what was drawn
 */
export const maskImages = (limits: ImageLimits, maxKeptPixels = MAX_KEPT_PIXELS): OpenMask => {
  /** Least recently used first. */
  const kept = new Map<string, MaskImage>()
  const keep = (mask: MaskImage): void => {
    kept.delete(mask.sha256)
    kept.set(mask.sha256, mask)
    let pixels = [...kept.values()].reduce((sum, { data }) => sum + data.length, 0)
    for (const { sha256, data } of [...kept.values()].slice(0, -1)) {
      if (pixels <= maxKeptPixels) return
      kept.delete(sha256)
      pixels -= data.length
    }
  }
  return async (file) => {
    const sha256 = createHash('sha256').update(file).digest('hex')
    const mask = kept.get(sha256) ?? { ...(await decodeMask(file, limits)), sha256 }
    keep(mask)
    return mask
  }
}

const decodeMask = async (file: Uint8Array, limits: ImageLimits): Promise<Mask> => {
  const decoding = decodeImage({ kind: 'encoded', data: file }, limits)
  const { width, height, format, rgb } = await decoding.catch((cause: unknown) => {
    throw codedError('IMAGE_VIEW', `ignoreMask cannot be read: ${messageOf(cause)}`, { cause })
  })
  if (format !== 'png') throw wrong('ignoreMask', `a ${format.toUpperCase()} file`, 'a PNG file')
  const data = new Uint8Array(width * height)
  for (let pixel = 0; pixel < data.length; pixel++)
    data[pixel] = (rgb[pixel * 3]! | rgb[pixel * 3 + 1]! | rgb[pixel * 3 + 2]!) === 0 ? 0 : 1
  return { width, height, data }
}
