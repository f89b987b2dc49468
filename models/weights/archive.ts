import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import * as yauzl from 'yauzl'
import { codedError, isCodedError, messageOf } from '../../errors/index.ts'
import { checkCrc } from './checksum.ts'
import type { FileBytes } from './file-bytes.ts'

import type { ByteSource } from './types.ts'

/** One entry a tensor, and few more: the largest published CLIP has some 1,300 tensors, a checkpoint with optimiser three times that. */
const MAX_ENTRIES = 100_000

/**
 * torch stores without packing; an archive that somebody packed again is inflated entry by entry in memory. 512 MiB hold any
 * tensor of a ViT-L in float32 (its token embedding has 152 MB) three times over.
 */
const MAX_INFLATED_BYTES = 512 * 1024 * 1024

/** Deflate cannot do better than 258 bytes for two bits (RFC 1951), so an entry that announces more is lying. */
const MAX_DEFLATE_RATIO = 1032

const STORED = 0
const DEFLATED = 8

/** A zip archive, its directory read and nothing else. */
export interface Archive {
  readonly file: string
  /** Paths in the archive's own order. */
  readonly paths: readonly string[]
  /** Nothing is read before the source is. @throws WEIGHTS_DAMAGED where there is no such entry */
  source(path: string): ByteSource
  /** All bytes of a small entry, at most `limit`. @throws WEIGHTS_DAMAGED, WEIGHTS_LIMIT */
  readAll(path: string, limit: number): Promise<Uint8Array>
}

const inflate = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw)

const damaged = (file: string, cause: unknown) =>
  codedError(
    'WEIGHTS_DAMAGED',
    `the zip archive ${file} cannot be read: ${messageOf(cause)}. Fetch it again.`,
    {
      cause,
    },
  )

/** Lets yauzl read through our handle: its own throws out of a callback where an offset is beyond 2⁵³. */
class Reader extends yauzl.RandomAccessReader {
  readonly #bytes: FileBytes
  constructor(bytes: FileBytes) {
    super()
    this.#bytes = bytes
  }
  override read(
    into: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (e: Error | null) => void,
  ) {
    const read = async () => this.#bytes.read(into.subarray(offset, offset + length), position)
    read().then(
      () => done(null),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    )
  }
}

/** @throws WEIGHTS_DAMAGED, WEIGHTS_LIMIT */
export const openArchive = async (bytes: FileBytes): Promise<Archive> => {
  const { file } = bytes
  const options = { autoClose: false, lazyEntries: true }
  const fail = (cause: unknown): never => {
    throw isCodedError(cause) ? cause : damaged(file, cause)
  }
  const zip = await yauzl.fromRandomAccessReaderPromise(new Reader(bytes), bytes.size, options).catch(fail)
  const entries = await readDirectory(file, zip).catch(fail)
  const dataStart = async (entry: yauzl.Entry): Promise<number> =>
    (await zip.readLocalFileHeaderPromise(entry, { minimal: true }).catch(fail)).fileDataStart
  const inflated = inflater(bytes)
  const source = (path: string): ByteSource => {
    const entry = entries.get(path)
    if (entry === undefined)
      throw codedError('WEIGHTS_DAMAGED', `the zip archive ${file} has no entry ${path}. Fetch it again.`)
    let start: Promise<number> | undefined
    return entrySource(bytes, entry, () => (start ??= dataStart(entry)), inflated)
  }
  return {
    file,
    paths: [...entries.keys()],
    source,
    readAll: async (path, limit) => {
      const from = source(path)
      if (from.bytes > limit)
        throw codedError(
          'WEIGHTS_LIMIT',
          `${path} of ${file} has ${from.bytes} bytes; at most ${limit} are read.`,
        )
      const all = new Uint8Array(from.bytes)
      await from.read(all, 0)
      checkCrc(file, from, crc32(all))
      return all
    },
  }
}

const readDirectory = async (file: string, zip: yauzl.ZipFile): Promise<ReadonlyMap<string, yauzl.Entry>> => {
  const entries = new Map<string, yauzl.Entry>()
  if (zip.entryCount > MAX_ENTRIES)
    throw codedError(
      'WEIGHTS_LIMIT',
      `the zip archive ${file} announces ${zip.entryCount} entries; at most ${MAX_ENTRIES} are read.`,
    )
  for await (const entry of zip.eachEntry()) {
    if (entries.has(entry.fileName)) throw new Error(`it has ${entry.fileName} twice`)
    entries.set(entry.fileName, entry)
  }
  return entries
}

type Inflate = (entry: yauzl.Entry, start: number) => Promise<Uint8Array>

/** Inflates entries whole and keeps the last one: a tensor is read in chunks, and tensors may share an entry. */
const inflater = (bytes: FileBytes): Inflate => {
  let last: { readonly entry: yauzl.Entry; readonly inflated: Promise<Uint8Array> } | undefined
  return (entry, start) => {
    if (last?.entry !== entry) last = { entry, inflated: inflateEntry(bytes, entry, start) }
    return last.inflated
  }
}

const inflateEntry = async (bytes: FileBytes, entry: yauzl.Entry, start: number): Promise<Uint8Array> => {
  const { fileName, compressedSize, uncompressedSize } = entry
  if (uncompressedSize > MAX_INFLATED_BYTES)
    throw codedError(
      'WEIGHTS_LIMIT',
      `${fileName} of ${bytes.file} inflates to ${uncompressedSize} bytes; at most ${MAX_INFLATED_BYTES} are inflated. ` +
        'Pack the archive without compression, as torch does.',
    )
  if (uncompressedSize > compressedSize * MAX_DEFLATE_RATIO)
    throw damaged(
      bytes.file,
      new Error(`${fileName} cannot hold ${uncompressedSize} bytes in ${compressedSize}`),
    )
  const packed = new Uint8Array(compressedSize)
  await bytes.read(packed, start)
  const inflated = await inflate(packed, { maxOutputLength: uncompressedSize + 1 }).catch(
    (cause: unknown) => {
      throw damaged(bytes.file, cause)
    },
  )
  if (inflated.length !== uncompressedSize)
    throw damaged(
      bytes.file,
      new Error(`${fileName} inflates to ${inflated.length} bytes, expected ${uncompressedSize}`),
    )
  return inflated
}

/** A stored entry is read at any place without touching the rest. */
const entrySource = (
  bytes: FileBytes,
  entry: yauzl.Entry,
  dataStart: () => Promise<number>,
  inflated: Inflate,
): ByteSource => {
  const facts = { title: entry.fileName, bytes: entry.uncompressedSize, crc32: entry.crc32 }
  if (!entry.isEncrypted() && entry.compressionMethod === STORED)
    return { ...facts, read: async (into, position) => bytes.read(into, (await dataStart()) + position) }
  if (!entry.isEncrypted() && entry.compressionMethod === DEFLATED)
    return {
      ...facts,
      read: async (into, position) => {
        const all = await inflated(entry, await dataStart())
        into.set(all.subarray(position, position + into.length))
      },
    }
  throw codedError(
    'WEIGHTS_DAMAGED',
    `${entry.fileName} of ${bytes.file} is ${entry.isEncrypted() ? 'encrypted' : `packed by method ${entry.compressionMethod}`}; ` +
      'expected it stored, as torch does, or deflated.',
  )
}
