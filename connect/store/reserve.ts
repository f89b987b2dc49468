import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Room for some hundred small transactions; each writes a few pages of 4 KiB to the log. */
const RESERVE_BYTES = 1024 * 1024

/**
 * Room that is given up when the disk is full. Taking an event out of a database needs room first, for the log; without a
 * reserve, an outbox that has filled its disk could never be emptied.
 */
export interface Reserve {
  /** Whether the room is, or could be, set aside again. */
  ensure(): boolean
  release(): void
}

export const reserveBeside = (database: string): Reserve => {
  const file = `${database}-reserve`
  return {
    ensure: () => existsSync(file) || setAside(file),
    release: () => remove(file),
  }
}

const remove = (file: string): void => {
  try {
    rmSync(file, { force: true })
  } catch {
    // A disk that has become read-only gives no room back; whoever needs it will say so.
  }
}

/** Written, not only declared: a file with a hole takes no room. */
const setAside = (file: string): boolean => {
  try {
    // Asked first, so that a disk that stays full is not written to in vain with every event.
    const { bavail, bsize } = statfsSync(dirname(file))
    if (bavail * bsize < RESERVE_BYTES) return false
    const fd = openSync(file, 'wx', 0o600)
    try {
      const bytes = Buffer.alloc(RESERVE_BYTES)
      for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    return true
  } catch {
    remove(file)
    return false
  }
}
