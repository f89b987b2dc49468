import { codedError } from '../../errors/index.ts'

/** The encoded formats that are read. libvips knows more (SVG, PDF, HEIF …): they stay outside on purpose. */
export type EncodedFormat = 'jpeg' | 'png' | 'webp' | 'tiff' | 'gif' | 'bmp'

/** Up to and with the size of a BMP's second header. */
const SIGNATURE_BYTES = 18

/** What the first bytes say, or undefined where they are of none of these formats. */
export const sniffFormat = (bytes: Uint8Array): EncodedFormat | undefined => {
  const start = firstCharacters(bytes, SIGNATURE_BYTES)
  const begins = (...signatures: string[]) => signatures.some((signature) => start.startsWith(signature))
  if (begins('\xff\xd8\xff')) return 'jpeg'
  if (begins('\x89PNG\r\n\x1a\n')) return 'png'
  if (begins('GIF87a', 'GIF89a')) return 'gif'
  if (begins('RIFF') && start.startsWith('WEBP', 8)) return 'webp'
  // Classic TIFF and BigTIFF, each in both byte orders.
  if (begins('II*\0', 'MM\0*', 'II+\0', 'MM\0+')) return 'tiff'
  // "BM" alone begins many a text; its second header's size (below 256, as 32 bits) ends in zeros.
  if (begins('BM') && start.endsWith('\0\0\0') && start.length === SIGNATURE_BYTES) return 'bmp'
  return undefined
}

/** One character a byte. */
export const firstCharacters = (bytes: Uint8Array, count: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, count)).toString('latin1')

export const unknownFormat = (bytes: Uint8Array, where: string) => {
  const start = bytes.subarray(0, 8)
  const hex = Buffer.from(start).toString('hex')
  const text = firstCharacters(start, 8).replace(/[^ -~]/g, '.')
  return codedError(
    'IMAGE_FORMAT',
    `${where} holds ${bytes.byteLength} bytes that begin with ${hex} ("${text}"), expected a JPEG, PNG, WebP, TIFF, GIF or ` +
      'BMP file; raw pixels need width, height and channels beside their data',
  )
}
