import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDirectory, isFile } from './files.ts'
import type { Findings } from './types.ts'

/** The list of a data set: the path itself, or the one file of that ending in the folder (or its `annotations/`). */
export const onlyFile = async (
  root: string,
  ending: string,
  found: Findings,
): Promise<string | undefined> => {
  if (await isFile(root)) return root
  for (const folder of [root, join(root, 'annotations')]) {
    if (!(await isDirectory(folder))) continue
    const names = (await readdir(folder)).filter((name) => name.toLowerCase().endsWith(ending)).sort()
    if (names.length === 1) return join(folder, names[0])
    if (names.length > 1) {
      found.damagedList(
        folder,
        `it holds ${names.join(', ')}, expected one; name the file itself as the root`,
      )
      return undefined
    }
  }
  found.missing(join(root, `*${ending}`), 'it lists the images')
  return undefined
}
