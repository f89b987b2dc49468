import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../../models/make-folder.ts'
import { replaceFile, UNFINISHED } from '../../models/replace-file.ts'
import { writing } from '../output.ts'
import { decodeRecord, encodeRecord, type RecordArray } from '../record.ts'

/** What training needs of an image, in one view. */
export interface ImageFeatures {
  /** [embed], L2-normalised. */
  readonly image: Float32Array
  /** [T, grid², embed], L2-normalised; null where no map is looked at. */
  readonly patches: Float32Array | null
  /** [S, S], 1 = anomalous; null where nobody has drawn the defect. */
  readonly mask: Uint8Array | null
}

/** Features by what they depend on, one file each. */
export interface FeatureCache {
  readonly has: (key: string) => boolean
  /** null where there are none, or none that are whole. */
  readonly get: (key: string) => Promise<ImageFeatures | null>
  /** On the disk once it resolves. @throws TRAINING_OUTPUT */
  readonly put: (key: string, features: ImageFeatures) => Promise<void>
}

const ENTRY = /^[0-9a-f]{64}\.features$/

/** Nobody writes one file for so long: what is older was left by a process that died. Several may fill a cache at the same time. */
const LEFT_AFTER_MS = 3_600_000

/**
 * A cache in a folder of its own. It never empties itself. Files are read as they are asked for, through the system's page cache: Node cannot map
 * them into memory without native code.
 * @throws TRAINING_OUTPUT
 */
export const openFeatureCache = async (folder: string): Promise<FeatureCache> => {
  const names = await writing(folder, async () => {
    await makeFolder(folder)
    return readdir(folder)
  })
  for (const name of names) if (UNFINISHED.test(name)) await removeLeft(join(folder, name))
  const known = new Set(names.filter((name) => ENTRY.test(name)))
  const nameOf = (key: string) => `${key}.features`
  return {
    has: (key) => known.has(nameOf(key)),
    get: async (key) => {
      if (!known.has(nameOf(key))) return null
      const bytes = await readFile(join(folder, nameOf(key))).catch(() => null)
      const arrays = bytes && decodeRecord(bytes)?.arrays
      return arrays ? featuresFrom(arrays) : null
    },
    put: async (key, { image, patches, mask }) => {
      const arrays = Object.entries({ image, patches, mask }).filter(
        (entry): entry is [string, RecordArray] => entry[1] !== null,
      )
      const file = join(folder, nameOf(key))
      await writing(file, () => replaceFile(file, encodeRecord({ facts: null, arrays: new Map(arrays) })))
      known.add(nameOf(key))
    },
  }
}

const featuresFrom = (arrays: ReadonlyMap<string, RecordArray>): ImageFeatures | null => {
  const [image, patches = null, mask = null] = ['image', 'patches', 'mask'].map((name) => arrays.get(name))
  return image === undefined
    ? null
    : {
        image: image as Float32Array,
        patches: patches as Float32Array | null,
        mask: mask as Uint8Array | null,
      }
}

const removeLeft = async (file: string): Promise<void> => {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }))
  if (Date.now() - mtimeMs > LEFT_AFTER_MS) await rm(file, { force: true })
}
