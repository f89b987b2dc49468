import { crc32 } from 'node:zlib'

export interface EntryToWrite {
  readonly path: string
  readonly data: Uint8Array
}

/** torch maps storages into memory where they lie, and its own writer begins every entry's data at such a multiple. */
const ALIGNMENT = 64

/** torch's mark of the extra field whose only use is to take up room. Source: caffe2/serialize/inline_container.cc, `getPadding`. */
const PADDING_ID = 'FB'

const LOCAL_HEADER_BYTES = 30
const EXTRA_HEADER_BYTES = 4

/** Beyond these the format needs its 64-bit records (APPNOTE 4.4.1.4), which no file of learnt prompts does. */
const MAX_ENTRIES = 0xfffe
/** Short of 2³² by more than a last header and its name can take. */
const MAX_BYTES = 0xfff0_0000

const VERSION_NEEDED = 20
const FLAG_UTF8 = 0x0800
const STORED = 0

/** The first day that the format can name, so that equal content gives equal bytes on any day. */
const TIME = 0
const DATE = (1 << 5) | 1

/**
 * A zip archive as torch writes it, in pieces to be put one after the other: entries stored as they are, their data aligned to 64
 * bytes. Unlike torch's, headers give size and checksum at once rather than behind the data, since both are known.
 * Source: PKWARE APPNOTE 6.3.10, 4.3.
 */
export const storedZip = (entries: readonly EntryToWrite[]): readonly Uint8Array[] => {
  if (entries.length > MAX_ENTRIES)
    throw new Error(
      `an archive of ${entries.length} entries is too large; at most ${MAX_ENTRIES} are written`,
    )
  const pieces: Uint8Array[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { path, data } of entries) {
    if (offset + data.length > MAX_BYTES)
      throw new Error(`${path} makes the archive too large; at most ${MAX_BYTES} bytes are written`)
    const name = Buffer.from(path)
    const padding = paddingAt(offset + LOCAL_HEADER_BYTES + name.length)
    const facts = factsOf(name, data)
    pieces.push(Buffer.concat([signature(3, 4), facts, uint16(padding.length), name, padding]), data)
    directory.push(directoryRecord(name, facts, offset))
    offset += LOCAL_HEADER_BYTES + name.length + padding.length + data.length
  }
  const records = Buffer.concat(directory)
  return [...pieces, records, endRecord(entries.length, records.length, offset)]
}

/** An extra field that ends at the next aligned byte. */
const paddingAt = (offset: number): Buffer => {
  const gap = -(offset + EXTRA_HEADER_BYTES) & (ALIGNMENT - 1)
  return Buffer.concat([Buffer.from(PADDING_ID), uint16(gap), Buffer.alloc(gap, 'Z')])
}

/** What an entry's header and its record in the directory share. */
const factsOf = (name: Buffer, data: Uint8Array): Buffer =>
  Buffer.concat([
    uint16(VERSION_NEEDED, FLAG_UTF8, STORED, TIME, DATE),
    uint32(crc32(data), data.length, data.length),
    uint16(name.length),
  ])

const directoryRecord = (name: Buffer, facts: Buffer, offset: number): Buffer => {
  const [extra, comment, disk, internalAttributes] = [0, 0, 0, 0]
  return Buffer.concat([
    signature(1, 2),
    uint16(VERSION_NEEDED),
    facts,
    uint16(extra, comment, disk, internalAttributes),
    uint32(0, offset),
    name,
  ])
}

const endRecord = (entries: number, directoryBytes: number, directoryOffset: number): Buffer =>
  Buffer.concat([
    signature(5, 6),
    uint16(0, 0, entries, entries),
    uint32(directoryBytes, directoryOffset),
    uint16(0),
  ])

const signature = (a: number, b: number): Buffer => Buffer.from([0x50, 0x4b, a, b])

const uint16 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt16LE(value, 2 * i)
  return bytes
}

const uint32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i)
  return bytes
}
