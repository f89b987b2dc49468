import { codedError } from '../../errors/index.ts'
import type { ByteSource } from './types.ts'

/** @throws WEIGHTS_DAMAGED where the bytes are not those that the file's own checksum was taken of */
export const checkCrc = (file: string, source: ByteSource, found: number): void => {
  if (source.crc32 === null || found === source.crc32) return
  const hex = (crc: number) => crc.toString(16).padStart(8, '0')
  throw codedError(
    'WEIGHTS_DAMAGED',
    `${source.title} of ${file} has CRC-32 ${hex(found)}; the archive expects ${hex(source.crc32)}. Fetch the file again.`,
  )
}
