import { codedError } from '../../errors/index.ts'
import type { ImageLimits } from '../types.ts'
import { checkPixels } from './limits.ts'

/** What a BMP file says of itself, already held against the file's length. Source: Microsoft, BITMAPINFOHEADER and kin. */
export interface BmpHeader {
  readonly width: number
  readonly height: number
  readonly topDown: boolean
  readonly bits: BmpBits
  /** Of one row, in bytes; rows end on a multiple of four. */
  readonly stride: number
  /** Of the first pixel stored. */
  readonly pixels: number
  /** Colours of the palette, four bytes each (blue, green, red, unused), from `palette` on; 0 above 8 bits. */
  readonly colours: number
  readonly palette: number
  /** Where in a pixel of 16 or 32 bits red, green and blue are. */
  readonly masks: readonly [number, number, number]
}

const BITS = [1, 4, 8, 16, 24, 32] as const
export type BmpBits = (typeof BITS)[number]

const FILE_HEADER = 14
/** BITMAPINFOHEADER, its two undocumented successors with masks, V4 and V5. OS/2's (12 and 64) are not read. */
const INFO_HEADERS = [40, 52, 56, 108, 124]
const COMPRESSIONS = ['none', 'RLE8', 'RLE4', 'bit fields', 'JPEG', 'PNG', 'bit fields with alpha']
/** Masks follow the oldest information header and are part of the others. */
const MASKS_AT = 54
const MASKS_END = MASKS_AT + 12
const BIT_FIELDS = [3, 6]
const MASKS_BY_DEFAULT = { 16: [0x7c00, 0x03e0, 0x001f], 32: [0xff0000, 0xff00, 0xff] } as const

/** @throws IMAGE_TOO_LARGE, IMAGE_FORMAT for a variant that is not read, IMAGE_DAMAGED where header and file disagree */
export const readBmpHeader = (file: Uint8Array, limits: ImageLimits): BmpHeader => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (file.byteLength < FILE_HEADER + 40)
    throw damaged(`it ends after ${file.byteLength} bytes, in its header`)
  const infoSize = view.getUint32(14, true)
  if (!INFO_HEADERS.includes(infoSize)) throw unread(`an information header of ${infoSize} bytes`)

  const width = view.getInt32(18, true)
  const signedHeight = view.getInt32(22, true)
  const height = Math.abs(signedHeight)
  if (width < 1 || height < 1) throw damaged(`it announces ${width} × ${signedHeight} pixels`)
  checkPixels(width, height, limits)

  const bits = BITS.find((known) => known === view.getUint16(28, true))
  if (bits === undefined) throw unread(`${view.getUint16(28, true)} bits a pixel`)
  const compression = view.getUint32(30, true)
  const hasMasks = BIT_FIELDS.includes(compression) && (bits === 16 || bits === 32)
  if (compression !== 0 && !hasMasks)
    throw unread(`${bits} bits a pixel with the compression ${COMPRESSIONS[compression] ?? compression}`)

  const palette = FILE_HEADER + infoSize
  const colours = bits > 8 ? 0 : Math.min(view.getUint32(46, true) || 2 ** bits, 2 ** bits)
  const stride = Math.ceil((width * bits) / 32) * 4
  const pixels = view.getUint32(10, true)
  const headers = Math.max(palette + colours * 4, hasMasks ? MASKS_END : 0)
  if (pixels < headers) throw damaged(`its pixels begin at byte ${pixels}, within its header or palette`)
  // Some writers leave out what pads the last row.
  const end = pixels + stride * (height - 1) + Math.ceil((width * bits) / 8)
  if (end > file.byteLength)
    throw damaged(
      `${width} × ${height} pixels of ${bits} bits end at byte ${end}, the file has ${file.byteLength}`,
    )

  const masks = hasMasks ? readMasks(view) : bits === 16 ? MASKS_BY_DEFAULT[16] : MASKS_BY_DEFAULT[32]
  return { width, height, topDown: signedHeight < 0, bits, stride, pixels, colours, palette, masks }
}

const readMasks = (view: DataView): readonly [number, number, number] => [
  view.getUint32(MASKS_AT, true),
  view.getUint32(MASKS_AT + 4, true),
  view.getUint32(MASKS_AT + 8, true),
]

export const damaged = (found: string) =>
  codedError('IMAGE_DAMAGED', `this BMP file contradicts itself: ${found}; was it cut off on its way?`)

const unread = (found: string) =>
  codedError(
    'IMAGE_FORMAT',
    `this BMP file has ${found}, which is not read; save it uncompressed, with 8, 24 or 32 bits`,
  )
