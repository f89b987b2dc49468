import { join } from 'node:path'
import { isLocked } from './faults.ts'
import { sqlite } from './sqlite.ts'

/** Stays empty, and stays there: whoever removed it might take it from somebody who has just opened it. */
const LOCK = '.lock'

/**
 * Takes a folder for one piece of work. The system itself holds the lock, by way of SQLite, and lets go of it when the process ends, be it by a kill or a
 * power cut: no number of a process is asked after, which another one may have by then.
 * @returns gives it back; null where somebody else has it, of this process or another
 * @throws where the folder is not there or takes no lock, the error of SQLite
 */
export const lockFolder = (folder: string): (() => void) | null => {
  let database: import('node:sqlite').DatabaseSync | null = null
  try {
    database = new (sqlite().DatabaseSync)(join(folder, LOCK))
    // No journal beside it: nothing is ever written.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return database.close.bind(database)
  } catch (cause) {
    database?.close()
    if (isLocked(cause)) return null
    throw cause
  }
}
