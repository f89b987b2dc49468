import type { ImageLimits } from '../types.ts'
import { type BmpBits, type BmpHeader, damaged, readBmpHeader } from './bmp-header.ts'

interface BmpImage {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** Writes the row of pixels that begins at byte `source` to `rgb`, from index `target` on. */
type RowReader = (source: number, target: number) => void

/**
 * Decodes an uncompressed BMP file of 1, 4, 8, 16, 24 or 32 bits; alpha is dropped.
 * A reader of our own: libvips has none, and bmp-ts loses all rows but one of a 4-bit image of odd width, ignores where the
 * header says that pixels begin, and brings 5-bit white to 248.
 */
export const decodeBmp = (file: Uint8Array, limits: ImageLimits): BmpImage => {
  const header = readBmpHeader(file, limits)
  const { width, height, topDown, stride, pixels } = header
  const rgb = new Uint8Array(width * height * 3)
  const readRow = rowReaders[header.bits](file, header, rgb)
  for (let row = 0; row < height; row++)
    readRow(pixels + row * stride, (topDown ? row : height - 1 - row) * width * 3)
  return { width, height, rgb }
}

type MakeRowReader = (file: Uint8Array, header: BmpHeader, rgb: Uint8Array) => RowReader

const indexed: MakeRowReader = (file, { width, bits, palette, colours }, rgb) => {
  const pixelsPerByte = 8 / bits
  const mask = 2 ** bits - 1
  return (source, target) => {
    for (let x = 0; x < width; x++) {
      // The leftmost pixel is in the highest bits.
      const shift = (pixelsPerByte - 1 - (x % pixelsPerByte)) * bits
      const index = (file[source + Math.floor(x / pixelsPerByte)] >> shift) & mask
      if (index >= colours) throw damaged(`a pixel has colour ${index} of a palette of ${colours}`)
      const colour = palette + index * 4
      rgb[target + x * 3] = file[colour + 2]
      rgb[target + x * 3 + 1] = file[colour + 1]
      rgb[target + x * 3 + 2] = file[colour]
    }
  }
}

const blueGreenRed: MakeRowReader =
  (file, { width }, rgb) =>
  (source, target) => {
    for (let i = 0; i < width * 3; i += 3) {
      rgb[target + i] = file[source + i + 2]
      rgb[target + i + 1] = file[source + i + 1]
      rgb[target + i + 2] = file[source + i]
    }
  }

const masked: MakeRowReader = (file, { width, bits, masks }, rgb) => {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const bytes = bits / 8
  const [red, green, blue] = masks.map(channelOf) as [Channel, Channel, Channel]
  return (source, target) => {
    for (let x = 0; x < width; x++) {
      const at = source + x * bytes
      const pixel = bytes === 2 ? view.getUint16(at, true) : view.getUint32(at, true)
      rgb[target + x * 3] = red(pixel)
      rgb[target + x * 3 + 1] = green(pixel)
      rgb[target + x * 3 + 2] = blue(pixel)
    }
  }
}

type Channel = (pixel: number) => number

/** Takes one channel out of a pixel and stretches it to 0..255, rounding down as Pillow does. */
const channelOf = (mask: number): Channel => {
  if (mask === 0) return () => 0
  const shift = 31 - Math.clz32(mask & -mask)
  const largest = mask >>> shift
  if ((largest & (largest + 1)) !== 0)
    throw damaged(`the bits of its mask ${mask.toString(16)} are not in one piece`)
  return (pixel) => Math.floor((((pixel >>> shift) & largest) * 255) / largest)
}

const rowReaders: Record<BmpBits, MakeRowReader> = {
  1: indexed,
  4: indexed,
  8: indexed,
  16: masked,
  24: blueGreenRed,
  32: masked,
}
