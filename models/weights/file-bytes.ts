import { type FileHandle, open, stat } from 'node:fs/promises'
import { codedError, messageOf } from '../../errors/index.ts'

/** A file open for reading at any place. */
export interface FileBytes {
  readonly file: string
  readonly size: number
  /** Fills `into` from `position` on. @throws WEIGHTS_DAMAGED where the file ends before, WEIGHTS_FILE_MISSING */
  read(into: Uint8Array, position: number): Promise<void>
  close(): Promise<void>
}

const unreadable = (file: string, cause: unknown) =>
  codedError('WEIGHTS_FILE_MISSING', `${file} cannot be read: ${messageOf(cause)}`, { cause })

/** @throws WEIGHTS_FILE_MISSING where there is no such file */
export const openFile = async (file: string): Promise<FileBytes> => {
  // Asked before opening, because opening a named pipe waits for a writer.
  const found = await stat(file).catch((error: unknown) => {
    throw unreadable(file, error)
  })
  if (!found.isFile())
    throw codedError('WEIGHTS_FILE_MISSING', `${file} is not a file; expected a file of weights.`)
  const handle = await open(file).catch((error: unknown) => {
    throw unreadable(file, error)
  })
  return {
    file,
    size: found.size,
    read: async (into, position) => {
      if (position + into.length > found.size) throw endsEarly(file, found.size, position + into.length)
      await fill(file, handle, into, position)
    },
    close: () => handle.close(),
  }
}

const endsEarly = (file: string, end: number, wanted: number) =>
  codedError(
    'WEIGHTS_DAMAGED',
    `${file} ends at byte ${end}; expected ${wanted} or more. The download was probably cut off: fetch it again.`,
  )

const fill = async (file: string, handle: FileHandle, into: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await handle
      .read(into, done, into.length - done, position + done)
      .catch((error: unknown) => {
        throw unreadable(file, error)
      })
    // Only where the file was cut while it was open.
    if (bytesRead === 0) throw endsEarly(file, position + done, position + into.length)
    done += bytesRead
  }
}
