import { type CodedError, codedError, isCodedError, messageOf } from '../../errors/index.ts'
import type { Fault } from './protocol.ts'

/** Primary result codes. Source: sqlite.org/rescode.html; an extended code keeps its primary in the lowest byte. */
const SQLITE = {
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
}

const primaryCode = (thrown: unknown): number | null =>
  thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'
    ? thrown.errcode & 0xff
    : null

/** Whether the disk has no room, as SQLite or as the operating system says it. */
export const isDiskFull = (thrown: unknown): boolean =>
  primaryCode(thrown) === SQLITE.FULL ||
  (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT'))

/** Whether another connection has a lock on the file. */
export const isLocked = (thrown: unknown): boolean => {
  const code = primaryCode(thrown)
  return code === SQLITE.BUSY || code === SQLITE.LOCKED
}

/** Whether it is the file that is in trouble, not what was asked: then the transaction as a whole is in doubt. */
export const isOfTheFile = (thrown: unknown): boolean =>
  Object.values(SQLITE).some((code) => code === primaryCode(thrown)) || isDiskFull(thrown)

const DAMAGED_CURE =
  'Nothing in it was changed. Stop Node-RED, move the file (and those beside it that begin with its name) away, and start again with an empty one.'

export const damaged = (file: string, found: string, cause?: unknown): CodedError =>
  codedError('STORE_DAMAGED', `${file} is not a store this version can read: ${found}. ${DAMAGED_CURE}`, {
    cause,
  })

export const diskFull = (file: string, cause?: unknown): CodedError =>
  codedError(
    'STORE_FULL',
    `there is no room left on the disk of ${file}; nothing was accepted. Make room there; the store goes on by itself.`,
    { cause },
  )

/** Whatever was thrown while the file was in use, as one of ours. */
export const storeError = (thrown: unknown, file: string): CodedError => {
  if (isCodedError(thrown)) return thrown
  if (isDiskFull(thrown)) return diskFull(file, thrown)
  if (isLocked(thrown))
    return codedError(
      'STORE_LOCKED',
      `${file} is in use by another process. Two Node-REDs must not share one userDir: stop the other one, or give this one a folder of its own.`,
      { cause: thrown },
    )
  const code = primaryCode(thrown)
  if (code === SQLITE.CORRUPT || code === SQLITE.NOTADB) return damaged(file, messageOf(thrown), thrown)
  return codedError(
    'STORE_WRITE',
    `${file} cannot be used: ${messageOf(thrown)}. Check that its folder exists and may be written, and that the disk is sound.`,
    { cause: thrown },
  )
}

export const faultOf = ({ code, message }: CodedError): Fault => ({ code, message })

/** On the other side of the thread. The message begins with the code already. */
export const errorOf = ({ code, message }: Fault): CodedError => Object.assign(new Error(message), { code })
