import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { codedError, messageOf } from '../../errors/index.ts'

const IMAGE_ENDINGS = new Set(['.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp', '.gif'])

/** Without the ending: `a/000.png` → `000`. */
export const stemOf = (name: string): string => name.slice(0, name.length - extname(name).length)

/** Entries of a folder by name, hidden ones left out. @throws EVALUATION_DATASET */
const entriesOf = async (folder: string) => {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter(({ name }) => !name.startsWith('.')).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch (cause) {
    throw codedError(
      'EVALUATION_DATASET',
      `${folder} could not be read: ${messageOf(cause)}. Give the folder that the data set was unpacked to.`,
      { cause },
    )
  }
}

export const foldersIn = async (folder: string): Promise<string[]> =>
  (await entriesOf(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name)

/** Images directly in a folder, and the names of all else that is a file. */
export const imagesIn = async (folder: string): Promise<{ images: string[]; others: string[] }> => {
  const files = (await entriesOf(folder)).filter((entry) => entry.isFile()).map(({ name }) => name)
  const isImage = (name: string): boolean => IMAGE_ENDINGS.has(extname(name).toLowerCase())
  return { images: files.filter(isImage), others: files.filter((name) => !isImage(name)) }
}

/** As `imagesIn`, of a folder that need not be there. */
export const imagesInIfThere = async (folder: string): Promise<string[]> => {
  try {
    return (await readdir(folder)).length === 0 ? [] : (await imagesIn(folder)).images
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw codedError('EVALUATION_DATASET', `${folder} could not be read: ${messageOf(thrown)}.`, {
      cause: thrown,
    })
  }
}

/** Files of masks by the stem of the image that they belong to. @param suffix behind the stem, as `_mask` */
export const masksIn = async (folder: string, suffix = ''): Promise<Map<string, string>> =>
  new Map(
    (await imagesInIfThere(folder))
      .filter((name) => stemOf(name).endsWith(suffix))
      .map((name) => [stemOf(name).slice(0, stemOf(name).length - suffix.length), join(folder, name)]),
  )
