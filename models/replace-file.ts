import { randomUUID } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Files that are being written are named so; one that lies there longer was left by a process that died. */
export const UNFINISHED = /^\..*\.part$/

/**
 * Writes a file beside its place and moves it there, so that no reader ever sees half of it; of two that are written to one place at the
 * same time, one wins.
 * @param bytes of one piece, or of several that are put one after the other
 * @param flush to the disk before it is moved: after a power cut the place may otherwise hold an empty file
 * @throws the error of the system: EACCES, ENOSPC, EISDIR, …; nothing is left behind
 */
export const replaceFile = async (
  path: string,
  bytes: Uint8Array | readonly Uint8Array[],
  { flush = false }: { readonly flush?: boolean } = {},
): Promise<void> => {
  const unfinished = unfinishedOf(path)
  try {
    await writeFile(unfinished, bytes, { flush })
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

/**
 * The same at once. For one small file after the other, in a process that has nothing better to do meanwhile: each step that is handed to another
 * thread takes more processor time than the step itself.
 */
export const replaceFileSync = (path: string, pieces: readonly Uint8Array[]): void => {
  const unfinished = unfinishedOf(path)
  const file = openSync(unfinished, 'wx')
  try {
    try {
      for (const piece of pieces) writeFileSync(file, piece)
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, path)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}

/** No number of a process: those of two containers that share a folder may be equal. */
const unfinishedOf = (path: string): string => join(dirname(path), `.${basename(path)}.${randomUUID()}.part`)
