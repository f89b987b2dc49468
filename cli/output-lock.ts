import { join } from 'node:path'
import { isLocked, sqlite } from '../connect/store/index.ts'
import { codedError, messageOf } from '../errors/index.ts'

/** Stays empty, and stays there: whoever removed it might take it from a run that has just opened it. */
const LOCK = '.lock'

/**
 * Takes an output folder for one run: two would overwrite each other's files. The system itself holds the lock, by way of SQLite, and lets go of it
 * when the process ends, be it by a kill or a power cut: no number of a process is asked after, which another one may have by then.
 * @returns gives it back
 * @throws …_BUSY where another run holds it, …_OUTPUT where the folder takes no lock
 */
export const lockOutput = (folder: string, room: 'EVALUATION' | 'TRAINING'): (() => void) => {
  const file = join(folder, LOCK)
  let database: import('node:sqlite').DatabaseSync | null = null
  try {
    database = new (sqlite().DatabaseSync)(file)
    // No journal beside it: nothing is ever written.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return database.close.bind(database)
  } catch (cause) {
    database?.close()
    throw isLocked(cause)
      ? codedError(
          `${room}_BUSY`,
          `another run of this command writes to ${folder}: wait until it ends, or choose another --output.`,
          { cause },
        )
      : codedError(
          `${room}_OUTPUT`,
          `${file} cannot be locked: ${messageOf(cause)}. Choose an --output that may be written to, on a disk that has file locks.`,
          { cause },
        )
  }
}
