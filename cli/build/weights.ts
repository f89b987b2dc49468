import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import type { CatalogWeights } from '../../models/catalog.ts'
import { checkFile, fetchFile } from '../../models/weights/index.ts'

export interface FetchOptions {
  /** Folder that downloads are kept in. */
  readonly cacheDir: string
  readonly signal: AbortSignal
  /** Bytes; `total` null while unknown. */
  readonly onProgress: (progress: { readonly done: number; readonly total: number | null }) => void
}

const checkOf = ({ sha256, gitBlob }: CatalogWeights) => ({
  ...(sha256 === undefined ? {} : { sha256 }),
  ...(gitBlob === undefined ? {} : { gitBlob }),
})

/** Fetches published weights, or takes them from an earlier download; checked either way. Resolves with the path. */
export const fetchWeights = async (
  weights: CatalogWeights,
  { cacheDir, signal, onProgress }: FetchOptions,
): Promise<string> => {
  const to = join(cacheDir, weights.file)
  await fetchFile({ url: weights.url, to, check: checkOf(weights), onProgress, signal })
  return to
}

/**
 * Finds published weights in a folder that somebody filled by hand, without checking them yet. Resolves with the
 * paths, in the order asked for. Throws WEIGHTS_FILE_MISSING with where to get each missing file and where to put it:
 * all at once, for who carries files to a machine wants to go once.
 */
export const findWeights = async (wanted: readonly CatalogWeights[], folder: string): Promise<string[]> => {
  const found = await Promise.all(wanted.map((weights) => firstFile(placesOf(weights, folder))))
  const missing = wanted.filter((_, at) => found[at] === undefined)
  if (missing.length > 0)
    throw codedError(
      'WEIGHTS_FILE_MISSING',
      `not in ${folder}: ${missing.map((weights) => whereToGet(weights, folder)).join('; ')}`,
    )
  return found.filter((path) => path !== undefined)
}

/** Throws WEIGHTS_CHECKSUM where the file is not the published one. */
export const checkWeights = async (weights: CatalogWeights, path: string): Promise<void> => {
  await checkFile(path, checkOf(weights))
}

const whereToGet = ({ title, url, file, note }: CatalogWeights, folder: string): string =>
  `${title} (download ${url} and save it as ${join(folder, file)}${note === undefined ? '' : `. ${note}`})`

/** As the catalogue lays them out, as in a clone of the publisher's repository, or lying in the folder itself. */
const placesOf = ({ file }: CatalogWeights, folder: string): readonly string[] => [
  join(folder, file),
  join(folder, 'checkpoints', file),
  join(folder, basename(file)),
]

const firstFile = async (paths: readonly string[]): Promise<string | undefined> => {
  for (const path of paths) if (await isFile(path)) return path
  return undefined
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
