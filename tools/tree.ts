import { createHash, type Hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** Root of the checkout. */
export const root = join(import.meta.dirname, '..')

/** Files under a folder, none where there is no such folder; slash-separated paths from the base, sorted. */
export const filesIn = (path: string, base: string = root): string[] => {
  const start = join(base, path)
  if (!existsSync(start)) return []
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(base, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

/** sha256 over names and contents: unlike times of change, it survives a checkout, a copy and a revert. */
export const digestOf = (paths: readonly string[], base: string = root): string =>
  paths.reduce((hash, path) => addFile(hash, path, base), createHash('sha256')).digest('hex')

const addFile = (hash: Hash, path: string, base: string): Hash => {
  const content = readFileSync(join(base, path))
  // The length keeps one file's end apart from the next one's name.
  return hash.update(`${path}\0${content.length}\0`).update(content)
}
