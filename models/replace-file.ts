import { randomUUID } from 'node:crypto'
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
  // No number of a process: those of two containers that share a folder may be equal.
  const unfinished = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`)
  try {
    await writeFile(unfinished, bytes, { flush })
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
