export interface BmpFields {
  readonly width: number
  /** Negative: the first row stored is the top one. */
  readonly height: number
  readonly bits: number
  /** The rows as stored, each padded to a multiple of four bytes. */
  readonly rows: readonly (readonly number[])[]
  /** Blue, green, red, 0 per colour. */
  readonly palette?: readonly number[]
  readonly colours?: number
  readonly compression?: number
  /** Red, green, blue; behind a header of 40 bytes, inside a longer one. */
  readonly masks?: readonly number[]
  readonly infoSize?: number
  /** Unused bytes before the pixels. */
  readonly gap?: number
}

/** A BMP file, byte by byte as Microsoft describes BITMAPFILEHEADER and BITMAPINFOHEADER. */
export const bmpFile = (fields: BmpFields): Buffer => {
  const {
    width,
    height,
    bits,
    rows,
    palette = [],
    colours = 0,
    compression = 0,
    masks = [],
    infoSize = 40,
    gap = 0,
  } = fields
  const info = Buffer.alloc(Math.max(infoSize, 40 + masks.length * 4))
  info.writeUInt32LE(infoSize, 0)
  info.writeInt32LE(width, 4)
  info.writeInt32LE(height, 8)
  info.writeUInt16LE(1, 12)
  info.writeUInt16LE(bits, 14)
  info.writeUInt32LE(compression, 16)
  info.writeUInt32LE(colours, 32)
  masks.forEach((mask, index) => {
    info.writeUInt32LE(mask, 40 + index * 4)
  })
  const pixels = Buffer.from(rows.flat())
  const file = Buffer.alloc(14)
  file.write('BM')
  file.writeUInt32LE(14 + info.length + palette.length + gap, 10)
  return Buffer.concat([file, info, Buffer.from(palette), Buffer.alloc(gap, 0xee), pixels])
}
