import { codedError, messageOf } from '../errors/index.ts'
import { makeFolder } from '../models/make-folder.ts'

/** Makes a folder for results, where it is not there. Throws CLI_OUTPUT. */
export const makeOutputFolder = async (folder: string): Promise<void> => {
  try {
    await makeFolder(folder)
  } catch (cause) {
    throw codedError('CLI_OUTPUT', `The folder ${folder} cannot be made: ${messageOf(cause)}.`, { cause })
  }
}
