import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codedError, isCodedError, messageOf } from '../errors/index.ts'
import { makeFolder } from '../models/make-folder.ts'
import { replaceFile } from '../models/replace-file.ts'

/** @throws RETRAINING_OUTPUT */
export const outputOf = async <T>(place: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (cause) {
    if (isCodedError(cause)) throw cause
    throw codedError('RETRAINING_OUTPUT', `${place} cannot be written: ${messageOf(cause)}.`, { cause })
  }
}

/** Makes the folder where it is missing, for something to be done in it. @throws RETRAINING_OUTPUT */
export const inFolder = <T>(folder: string, work: () => T): Promise<T> =>
  outputOf(folder, async () => {
    await makeFolder(folder)
    return work()
  })

/** Whole or not at all, over a power cut too, with the folders above it. @throws RETRAINING_OUTPUT */
export const writeWhole = (file: string, content: string | Uint8Array): Promise<void> =>
  outputOf(file, async () => {
    await makeFolder(dirname(file))
    await replaceFile(file, typeof content === 'string' ? Buffer.from(content) : content, { flush: true })
  })

export const writeJson = (file: string, value: object): Promise<void> =>
  writeWhole(file, `${JSON.stringify(value, null, 2)}\n`)

/** What `writeJson` has written; null where there is nothing, or nothing that could be read: it is made anew. */
export const readJson = async <T>(file: string): Promise<T | null> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T
  } catch {
    return null
  }
}
