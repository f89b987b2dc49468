import { lockFolder } from '../connect/store/index.ts'
import { codedError, messageOf } from '../errors/index.ts'

/**
 * Takes an output folder for one run: two would overwrite each other's files.
 * @returns gives it back
 * @throws …_BUSY where another run holds it, …_OUTPUT where the folder takes no lock
 */
export const lockOutput = (folder: string, room: 'EVALUATION' | 'TRAINING'): (() => void) => {
  try {
    const unlock = lockFolder(folder)
    if (unlock !== null) return unlock
  } catch (cause) {
    throw codedError(
      `${room}_OUTPUT`,
      `${folder} cannot be locked by its file .lock: ${messageOf(cause)}. Choose an --output that may be written to, on a disk that has file locks.`,
      { cause },
    )
  }
  throw codedError(
    `${room}_BUSY`,
    `another run of this command writes to ${folder}: wait until it ends, or choose another --output.`,
  )
}
