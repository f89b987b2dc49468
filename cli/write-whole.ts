import { codedError, messageOf } from '../errors/index.ts'
import { replaceFile } from '../models/replace-file.ts'

/** Writes a file so that no reader ever sees half of it. Throws CLI_OUTPUT. */
export const writeWhole = async (path: string, bytes: Uint8Array): Promise<void> => {
  try {
    await replaceFile(path, bytes)
  } catch (error) {
    throw codedError('CLI_OUTPUT', `${path} could not be written: ${messageOf(error)}.`, { cause: error })
  }
}
