import { rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codedError, messageOf } from '../errors/index.ts'

/** Writes a file beside its place and moves it there, so that no reader ever sees half of it. Throws CLI_OUTPUT. */
export const writeWhole = async (path: string, bytes: Uint8Array): Promise<void> => {
  const unfinished = join(dirname(path), `.${basename(path)}.${process.pid}.part`)
  try {
    await writeFile(unfinished, bytes)
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw codedError('CLI_OUTPUT', `${path} could not be written: ${messageOf(error)}.`, { cause: error })
  }
}
