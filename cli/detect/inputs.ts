import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { codedError } from '../../errors/index.ts'

/** An image to inspect: as the caller wrote it, and where it lies. */
export interface Input {
  readonly file: string
  readonly path: string
}

/** Something on the command line that gives no image. */
export interface Unreadable {
  readonly file: string
  readonly error: Error
}

const IMAGE_ENDINGS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.bmp', '.gif'])

/**
 * Turns what was written on the command line into images, in its order. A folder stands for the images directly in
 * it, told by their endings and sorted by name; a file is taken whatever it is called.
 */
export const expandInputs = async (
  given: readonly string[],
  path: (given: string) => string,
): Promise<(Input | Unreadable)[]> =>
  (await Promise.all(given.map((file) => expand(file, path(file))))).flat()

const expand = async (file: string, path: string): Promise<(Input | Unreadable)[]> => {
  try {
    if (!(await stat(path)).isDirectory()) return [{ file, path }]
    const names = (await readdir(path))
      .filter((name) => IMAGE_ENDINGS.has(extname(name).toLowerCase()))
      .sort()
    if (names.length === 0) throw noImages(path)
    return names.map((name) => ({ file: join(file, name), path: join(path, name) }))
  } catch (error) {
    return [{ file, error: unreadable(path, error) }]
  }
}

const noImages = (path: string): Error =>
  codedError(
    'CLI_FILE_UNREADABLE',
    `${path} is a folder without images (${[...IMAGE_ENDINGS].join(' ')}); folders inside it are not looked into.`,
  )

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; check the name and the folder it is given from',
  ENOTDIR: 'does not exist: a part of its path is a file',
  EACCES: 'may not be read by this user; change its permissions',
  ELOOP: 'is a symbolic link that leads back to itself',
}

/** One line for a file that cannot be opened; what already has a code stays as it is. */
export const unreadable = (path: string, error: unknown): Error => {
  if (!(error instanceof Error)) return new Error(String(error))
  const reason = 'syscall' in error && 'code' in error ? String(error.code) : undefined
  if (reason === undefined) return error
  return codedError('CLI_FILE_UNREADABLE', `${path} ${REASONS[reason] ?? `cannot be read (${reason})`}.`, {
    cause: error,
  })
}

/**
 * The bytes of an image file. Nothing that may never end, and nothing that would be refused for its size anyway, is read.
 * @param advice what to do about a file that is too large
 */
export const readImage = async (path: string, maxBytes: number, advice: string): Promise<Uint8Array> => {
  const found = await stat(path)
  if (!found.isFile())
    throw codedError('CLI_FILE_UNREADABLE', `${path} is not a regular file; give an image file.`)
  if (found.size > maxBytes)
    throw codedError(
      'IMAGE_TOO_LARGE',
      `${path} has ${found.size} bytes, at most ${maxBytes} are allowed; ${advice}.`,
    )
  return readFile(path)
}
