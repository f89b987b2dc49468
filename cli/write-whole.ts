import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codedError, messageOf } from '../errors/index.ts'
import { replaceFile } from '../models/replace-file.ts'

/** Writes a file so that no reader ever sees half of it. Throws CLI_OUTPUT. */
export const writeWhole = async (path: string, bytes: Uint8Array): Promise<void> => {
  try {
    await replaceFile(path, bytes)
  } catch (error) {
    throw unwritable(path, messageOf(error), error)
  }
}

/** For what is written at the end of long work: says before it begins that it could not be. Throws CLI_OUTPUT. */
export const checkWritable = async (path: string): Promise<void> => {
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw unwritable(path, messageOf(error), error)
  })
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory()) throw unwritable(path, 'it is a folder; name a file')
}

const unwritable = (path: string, why: string, cause?: unknown): Error =>
  codedError('CLI_OUTPUT', `${path} could not be written: ${why}.`, { cause })
