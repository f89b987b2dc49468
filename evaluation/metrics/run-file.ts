import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { type CodedError, codedError, isCodedError, messageOf } from '../../errors/index.ts'

/** A temporary file of Uint16 words, in the byte order of this machine. Positions are in words. */
export interface RunFile {
  append(words: Uint16Array): void
  /** Fills all of `into`. */
  read(into: Uint16Array, position: number): void
  close(): void
}

/** @throws EVALUATION_DISK, as do its functions */
export const createRunFile = (path: string): RunFile => {
  const folder = dirname(path)
  const descriptor = onDisk(folder, () => openSync(path, 'wx+', 0o600))
  return {
    append: (words) =>
      onDisk(folder, () => {
        const bytes = bytesOf(words)
        for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
      }),
    read: (into, position) =>
      onDisk(folder, () => {
        const bytes = bytesOf(into)
        for (let done = 0; done < bytes.length; ) {
          const read = readSync(descriptor, bytes, done, bytes.length - done, 2 * position + done)
          if (read === 0) throw new Error('a temporary file ends before its last entry')
          done += read
        }
      }),
    close: () => closeSync(descriptor),
  }
}

/** Does what needs the folder that pixels are sorted in; what the system has against it becomes an error that says what to do. */
export const onDisk = <T>(folder: string, work: () => T): T => {
  try {
    return work()
  } catch (thrown) {
    throw isCodedError(thrown) ? thrown : diskError(folder, thrown)
  }
}

const CURE =
  'go on with --resume, or choose another --output. It takes 2 bytes for every pixel of every map, 6 for anomalous ones.'

const diskError = (folder: string, cause: unknown): CodedError => {
  const isFull =
    cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
  const found = isFull
    ? `there is no room left on the disk of ${folder}, where the pixels are sorted. Make room there and ${CURE}`
    : `${folder}, where the pixels are sorted, cannot be used: ${messageOf(cause)}. See to it and ${CURE}`
  return codedError('EVALUATION_DISK', found, { cause })
}

const bytesOf = (words: Uint16Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
