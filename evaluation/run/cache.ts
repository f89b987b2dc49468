import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { codedError, messageOf } from '../../errors/index.ts'
import type { AnomalyMap, Size } from '../../inspection/types.ts'
import { makeFolder } from '../../models/make-folder.ts'
import { thisPackage } from '../../models/package.ts'
import { replaceFileSync, UNFINISHED } from '../../models/replace-file.ts'
import type { Sample } from '../datasets/index.ts'

/** What a model says of one sample. */
export interface Result {
  readonly score: number
  readonly map: AnomalyMap
  /** Size of the whole image, for its mask to be held against. */
  readonly image: Size
}

/** Results by what they depend on, so that no image is inspected twice. */
export interface ResultCache {
  /** null where there is none, or none that is whole. */
  get(key: string): Promise<Result | null>
  /** On the disk once it resolves. @throws EVALUATION_OUTPUT */
  put(key: string, result: Result): Promise<void>
  /** Removes all results that were neither given nor put since it was opened. */
  prune(): Promise<void>
}

/** All that a result depends on. */
export interface KeyParts {
  /** Of the image file's bytes. */
  readonly sha256: string
  readonly crop: Sample['crop']
  /** null of a model that takes none. */
  readonly className: string | null
  readonly model: { readonly version: string; readonly imageSize: number }
  readonly device: string
}

/** The package's version is part of it, as another one may decode or resize differently. */
export const keyOf = ({ sha256, crop, className, model, device }: KeyParts): string => {
  const part = crop ? [crop.index, crop.of] : null
  const parts = [thisPackage.version, sha256, part, className, model.version, model.imageSize, device]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

const ENTRY = /^[0-9a-f]{64}\.map$/

/**
 * A cache in a folder of its own, one file a result: 4 bytes a pixel of its map and a head of 32. It never empties itself unless told
 * to: what took hours is not lost to a flag that was forgotten.
 * @param resume give what earlier runs have left; else it is written over as it comes anew
 * @throws EVALUATION_OUTPUT
 */
export const openCache = async (folder: string, { resume }: { resume: boolean }): Promise<ResultCache> => {
  /** Names of the files that are given. */
  const known = new Set<string>()
  const used = new Set<string>()
  try {
    await makeFolder(folder)
    // By name: in a folder that somebody has chosen may lie things of his own.
    for (const name of await readdir(folder))
      if (UNFINISHED.test(name)) await rm(join(folder, name), { force: true })
      else if (resume && ENTRY.test(name)) known.add(name)
  } catch (cause) {
    throw codedError(
      'EVALUATION_OUTPUT',
      `the folder ${folder} cannot keep scores: ${messageOf(cause)}; choose another --output.`,
      { cause },
    )
  }
  const nameOf = (key: string) => `${key}.map`
  return {
    get: async (key) => {
      if (!known.has(nameOf(key))) return null
      used.add(nameOf(key))
      const bytes = await readFile(join(folder, nameOf(key))).catch(() => null)
      return bytes && decode(bytes)
    },
    put: async (key, result) => {
      const file = join(folder, nameOf(key))
      try {
        replaceFileSync(file, encode(result))
      } catch (cause) {
        throw codedError(
          'EVALUATION_OUTPUT',
          `${file} could not be written: ${messageOf(cause)}. Make room, and go on with --resume.`,
          { cause },
        )
      }
      known.add(nameOf(key))
      used.add(nameOf(key))
    },
    prune: async () => {
      // What cannot be removed takes up room, and harms nobody.
      for (const name of await readdir(folder).catch(() => [] as string[]))
        if (ENTRY.test(name) && !used.has(name)) await rm(join(folder, name), { force: true }).catch(() => {})
    },
  }
}

/** In front of the map, little-endian: mark and version of the format, CRC-32 of all that follows, sizes, score. */
const HEAD_BYTES = 32
const MARK = 0x31_6d_63_61
const CRC_FROM = 8

/** Head and map. */
const encode = ({ score, map, image }: Result): [Buffer, Uint8Array] => {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(MARK, 0)
  head.writeUInt32LE(map.width, 8)
  head.writeUInt32LE(map.height, 12)
  head.writeUInt32LE(image.width, 16)
  head.writeUInt32LE(image.height, 20)
  head.writeDoubleLE(score, 24)
  const { buffer, byteOffset, byteLength } = map.data
  const values = new Uint8Array(buffer, byteOffset, byteLength)
  head.writeUInt32LE(crc32(values, crc32(head.subarray(CRC_FROM))), 4)
  return [head, values]
}

/** null of what was cut off, damaged or never one of ours. */
const decode = (bytes: Buffer): Result | null => {
  if (bytes.length < HEAD_BYTES || bytes.readUInt32LE(0) !== MARK) return null
  if (bytes.readUInt32LE(4) !== crc32(bytes.subarray(CRC_FROM))) return null
  const [width, height] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)]
  // A copy, as numbers of 4 bytes must begin at a multiple of 4.
  const data = new Float32Array(new Uint8Array(bytes.subarray(HEAD_BYTES)).buffer)
  return {
    score: bytes.readDoubleLE(24),
    map: { width, height, data },
    image: { width: bytes.readUInt32LE(16), height: bytes.readUInt32LE(20) },
  }
}
