import { createHash } from 'node:crypto'
import { codedError } from '../../errors/index.ts'
import { type FileBytes, openFile } from './file-bytes.ts'

/** What is known of a published file. All that is given is checked. */
export interface FileCheck {
  /** Lower-case hex; of a file whose publisher states only the beginning, that. */
  readonly sha256?: string
  /** Git's id of the content: SHA-1 of `blob SIZE\0` and the bytes. Lower-case hex. */
  readonly gitBlob?: string
  readonly bytes?: number
}

/** What was found out on the way. */
export interface FileFacts {
  readonly bytes: number
  readonly sha256: string
}

const CHUNK_BYTES = 4 * 1024 * 1024

/** A file's facts, or in what it differs from the published one. */
export type FileFindings = { readonly facts: FileFacts } | { readonly mismatch: string }

/**
 * Holds a file against what was published. The file is left as it is.
 * @throws WEIGHTS_FILE_MISSING, WEIGHTS_CHECKSUM with what was found and what was expected
 */
export const checkFile = async (path: string, check: FileCheck): Promise<FileFacts> => {
  const findings = await examineFile(path, check)
  if ('facts' in findings) return findings.facts
  throw codedError(
    'WEIGHTS_CHECKSUM',
    `${path} is not the published file: ${findings.mismatch}. Fetch it again.`,
  )
}

/** @throws WEIGHTS_FILE_MISSING */
export const examineFile = async (path: string, check: FileCheck): Promise<FileFindings> => {
  const file = await openFile(path)
  try {
    // Before a gigabyte is read in vain.
    const otherSize = mismatch('bytes', file.size, check.bytes)
    if (otherSize !== null) return { mismatch: otherSize }
    const { sha256, gitBlob } = await digestsOf(file)
    const stated = check.sha256 === undefined ? sha256 : sha256.slice(0, check.sha256.length)
    const other = mismatch('sha256', stated, check.sha256) ?? mismatch('git blob id', gitBlob, check.gitBlob)
    return other === null ? { facts: { bytes: file.size, sha256 } } : { mismatch: other }
  } finally {
    await file.close()
  }
}

const mismatch = <T extends string | number>(what: string, found: T, expected?: T): string | null =>
  expected === undefined || found === expected ? null : `${what} ${found}, expected ${expected}`

const digestsOf = async ({ size, read }: FileBytes): Promise<{ sha256: string; gitBlob: string }> => {
  const sha256 = createHash('sha256')
  const gitBlob = createHash('sha1').update(`blob ${size}\0`)
  const chunk = new Uint8Array(Math.min(size, CHUNK_BYTES))
  for (let done = 0; done < size; done += chunk.length) {
    const part = chunk.subarray(0, size - done)
    await read(part, done)
    sha256.update(part)
    gitBlob.update(part)
  }
  return { sha256: sha256.digest('hex'), gitBlob: gitBlob.digest('hex') }
}
