import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { imagesIn, isDirectory, isImageName } from './files.ts'
import type { Findings } from './types.ts'

/** What owners and cameras put beside images. */
const BESIDE_IMAGES = new Set([
  ...['.txt', '.md', '.json', '.csv', '.tsv', '.xml', '.yaml', '.yml'],
  ...['.db', '.ini', '.log', '.pdf', '.html'],
])

/** Without an ending, as LICENSE or README-first. */
const PAPERS = /^(licen[cs]e|readme|copying|notice)\b[^.]*$/i

/** More would bury what else is wrong. */
const NAMED = 10

/**
 * Names of the images directly in a folder that should hold nothing else, sorted; undefined without the folder. What lies
 * there and may be an image that cannot be read, or a folder of some, is left with `found`.
 * @param folders that belong there
 */
export const onlyImagesIn = async (
  folder: string,
  found: Findings,
  folders: readonly string[] = [],
): Promise<string[] | undefined> => {
  const images = await imagesIn(folder)
  if (!images) return undefined
  const isRead = new Set([...images, ...folders])
  const unread: string[] = []
  for (const name of (await readdir(folder)).sort())
    if (!isRead.has(name) && (await isUnread(join(folder, name), name))) unread.push(name)
  if (unread.length > 0) {
    const more = unread.length > NAMED ? ` and ${unread.length - NAMED} more` : ''
    found.skipped(folder, `${unread.slice(0, NAMED).join(', ')}${more}`)
  }
  return images
}

const isUnread = async (path: string, name: string): Promise<boolean> => {
  if (name.startsWith('.')) return false
  if (await isDirectory(path)) return (await readdir(path, { recursive: true })).some(isImageName)
  return !BESIDE_IMAGES.has(extname(name).toLowerCase()) && !PAPERS.test(name)
}
