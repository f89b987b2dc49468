import { types } from 'node:util'
import { codedError } from '../../errors/index.ts'
import type { EncodedMask } from '../types.ts'
import type { EventSettings } from './settings.ts'

/** A picture in base64, or a geometry under its own name (`rle`, `polygons`, `boxes`). */
export interface Inlined {
  readonly encoding: EncodedMask['encoding']
  readonly width: number
  readonly height: number
  readonly mediaType?: string
  readonly base64?: string
  readonly [geometry: string]: unknown
}

export interface Inline {
  readonly mask?: Inlined
  readonly overlay?: Inlined
  /** Something was asked for but is larger than the limit. */
  readonly imageOmitted?: {
    readonly what: 'mask' | 'overlay'
    readonly encoding: EncodedMask['encoding']
    readonly bytes: number
    readonly limit: number
  }
}

interface Kind {
  /** Choice of the node that it falls under. */
  readonly what: 'mask' | 'overlay'
  /** Field of the mask that holds it. */
  readonly content: string
  /** Of pictures. */
  readonly mediaType?: string
}

const KINDS: Readonly<Record<EncodedMask['encoding'], Kind>> = {
  png: { what: 'mask', content: 'data', mediaType: 'image/png' },
  png16: { what: 'mask', content: 'data', mediaType: 'image/png' },
  overlay: { what: 'overlay', content: 'data', mediaType: 'image/jpeg' },
  rle: { what: 'mask', content: 'rle' },
  polygons: { what: 'mask', content: 'polygons' },
  boxes: { what: 'mask', content: 'boxes' },
}

/**
 * Puts what the settings ask for of a mask into the event's data: pictures in base64, geometries as they are. What is
 * larger than the limit is left out, and that is said.
 * @throws EVENT_INPUT for an encoding that is not known, or without its content
 */
export const inlineOf = (mask: EncodedMask, { inlineImage, maxInlineBytes }: EventSettings): Inline => {
  const { encoding, width, height } = mask
  if (!Object.hasOwn(KINDS, encoding))
    return unusable(`encoding "${encoding}"`, `one of ${Object.keys(KINDS).join(', ')}`)
  const { what, content, mediaType } = KINDS[encoding]
  if (inlineImage !== 'all' && inlineImage !== what) return {}
  const found: unknown = Reflect.get(mask, content)
  if (mediaType === undefined) {
    if (typeof found !== 'object' || found === null) return unusable(`no ${content}`, `it with ${encoding}`)
    const bytes = Buffer.byteLength(JSON.stringify(found))
    if (bytes > maxInlineBytes) return { imageOmitted: { what, encoding, bytes, limit: maxInlineBytes } }
    return { [what]: { encoding, width, height, [content]: found } }
  }
  if (!types.isUint8Array(found)) return unusable(`no bytes in ${content}`, 'the encoded image')
  const bytes = found.byteLength
  if (bytes > maxInlineBytes) return { imageOmitted: { what, encoding, bytes, limit: maxInlineBytes } }
  const base64 = Buffer.from(found.buffer, found.byteOffset, bytes).toString('base64')
  return { [what]: { encoding, width, height, mediaType, base64 } }
}

/**
 * What is left of an event's data without the mask or overlay in it, said as `inlineOf` says it: for a broker that takes
 * less than the node allows. Null when there is nothing to leave out.
 * @param limit bytes, of whatever was too small for it
 */
export const withoutMask = <T extends Inline>(data: T, limit: number): T | null => {
  const { mask, overlay, ...rest } = data
  // At most one of them is there: a message carries one mask.
  const found = mask ?? overlay
  if (found === undefined) return null
  const { encoding, base64 } = found
  const bytes =
    base64 === undefined
      ? Buffer.byteLength(JSON.stringify(found[KINDS[encoding].content]))
      : Buffer.byteLength(base64, 'base64')
  return { ...rest, imageOmitted: { what: KINDS[encoding].what, encoding, bytes, limit } } as T
}

const unusable = (found: string, expected: string): never => {
  throw codedError(
    'EVENT_INPUT',
    `msg.mask has ${found}, expected ${expected}. Pass it as mask-encode gives it.`,
  )
}
