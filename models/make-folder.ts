import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing; resolves with the ones made, innermost first.
 * Node's own `mkdir` with `recursive` never returns under /proc, where a folder can neither be made nor is there.
 * @throws the error of the system: EACCES, EEXIST or ENOTDIR where a file is in the way, ENOSPC, …
 */
export const makeFolder = async (folder: string): Promise<string[]> => {
  const error = await make(folder)
  if (error === null) return [folder]
  if (error.code === 'EEXIST' && (await stat(folder)).isDirectory()) return []
  const above = dirname(folder)
  if (error.code !== 'ENOENT' || above === folder) throw error
  const made = await makeFolder(above)
  const again = await make(folder)
  // Somebody else may have been faster.
  if (again !== null && again.code !== 'EEXIST') throw again
  return again === null ? [folder, ...made] : made
}

const make = (folder: string): Promise<NodeJS.ErrnoException | null> =>
  mkdir(folder).then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  )
