import { readdir, stat } from 'node:fs/promises'
import { basename, extname, join, parse } from 'node:path'

export const IMAGE_ENDINGS = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.bmp', '.gif']

/** Packed on a Mac, each file has a shadow whose name begins with `._`. */
export const isImageName = (path: string): boolean =>
  IMAGE_ENDINGS.includes(extname(path).toLowerCase()) && !basename(path).startsWith('._')

/** Names of the images directly in a folder, told by their endings, sorted; undefined without the folder. */
export const imagesIn = async (folder: string): Promise<string[] | undefined> => {
  const entries = await entriesOf(folder)
  return entries
    ?.filter((entry) => !entry.isDirectory() && isImageName(entry.name))
    .map(({ name }) => name)
    .sort()
}

/** Names of the folders directly in a folder, sorted; undefined without the folder. */
export const foldersIn = async (folder: string): Promise<string[] | undefined> => {
  const names = (await entriesOf(folder))?.map(({ name }) => name).filter((name) => !name.startsWith('.'))
  if (!names) return undefined
  const isFolder = await Promise.all(names.map((name) => isDirectory(join(folder, name))))
  return names.filter((_, i) => isFolder[i]).sort()
}

const entriesOf = async (folder: string) => {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch {
    return undefined
  }
}

/** A link to a folder is one. */
export const isDirectory = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false

export const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() ?? false

/** The first of the paths that is a folder: owners' archives unpack with and without one around them. */
export const firstFolder = async (paths: readonly string[]): Promise<string | undefined> => {
  for (const path of paths) if (await isDirectory(path)) return path
  return undefined
}

export const stemOf = (file: string): string => parse(file).name
