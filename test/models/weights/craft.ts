import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import * as yauzl from 'yauzl'
import { openWeights } from '../../../models/weights/index.ts'

/** A folder of a test file's own, made before its tests and removed after them; gives the path of a file in it. */
export const scratchFolder = (): ((name: string, content?: Uint8Array | string) => string) => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'weights-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  return (name, content) => {
    const path = join(folder, name)
    if (content !== undefined) writeFileSync(path, content)
    return path
  }
}

export const fixture = (name: string): string =>
  join(import.meta.dirname, '..', '..', 'fixtures', 'weights', name)

/** Opens a file, reads every tensor, closes it. */
export const readEverything = async (file: string): Promise<Record<string, number[]>> => {
  const weights = await openWeights(file)
  try {
    const tensors: Record<string, number[]> = {}
    for (const name of weights.names()) tensors[name] = [...(await weights.read(name))]
    return tensors
  } finally {
    await weights.close()
  }
}

const uint = (bytes: number, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes)
  if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value))
  else buffer.writeUIntLE(value, 0, bytes)
  return buffer
}

/** @param header a header's text, or what it says */
export const safetensors = (header: string | object, data: Uint8Array = new Uint8Array()): Buffer => {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  return Buffer.concat([uint(8, text.length), text, data])
}

export interface ZipEntry {
  readonly path: string
  readonly data: Uint8Array | string
  readonly deflate?: boolean
  /** What the directory says in place of the truth. */
  readonly claim?: {
    readonly method?: number
    readonly crc32?: number
    readonly size?: number
    readonly flags?: number
  }
}

/** A zip archive without frills (PKWARE APPNOTE 4.3). */
export const zip = (entries: readonly ZipEntry[]): Buffer => {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { path, data, deflate = false, claim = {} } of entries) {
    const raw = Buffer.from(data)
    const body = deflate ? deflateRawSync(raw) : raw
    const name = Buffer.from(path)
    const facts = Buffer.concat([
      uint(2, 20),
      uint(2, claim.flags ?? 0),
      uint(2, claim.method ?? (deflate ? 8 : 0)),
      uint(4, 0),
      uint(4, claim.crc32 ?? crc32(raw)),
      uint(4, body.length),
      uint(4, claim.size ?? raw.length),
      uint(2, name.length),
      uint(2, 0),
    ])
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, name, body])
    bodies.push(local)
    directory.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02'),
        uint(2, 20),
        facts,
        uint(2, 0),
        uint(4, 0),
        uint(4, 0),
        uint(4, offset),
        name,
      ]),
    )
    offset += local.length
  }
  const size = directory.reduce((sum, record) => sum + record.length, 0)
  const end = [
    uint(4, 0),
    uint(2, entries.length),
    uint(2, entries.length),
    uint(4, size),
    uint(4, offset),
    uint(2, 0),
  ]
  return Buffer.concat([...bodies, ...directory, Buffer.from('PK\x05\x06'), ...end])
}

/** A zip archive's entries in order, each with where its data lies and what stands in front of it, by yauzl. */
export const readZip = async (file: string) => {
  const archive = await yauzl.openPromise(file, {
    lazyEntries: true,
    autoClose: false,
    strictFileNames: true,
  })
  const found: { entry: yauzl.Entry; local: yauzl.LocalFileHeader }[] = []
  for await (const entry of archive.eachEntry())
    found.push({ entry, local: await archive.readLocalFileHeaderPromise(entry) })
  archive.close()
  return found
}

/** Pieces of a pickle, by the names that Python's `pickletools` gives them. */
export const op = {
  proto: Buffer.from([0x80, 2]),
  mark: Buffer.from('('),
  stop: Buffer.from('.'),
  none: Buffer.from('N'),
  emptyDict: Buffer.from('}'),
  emptyList: Buffer.from(']'),
  emptyTuple: Buffer.from(')'),
  setItem: Buffer.from('s'),
  append: Buffer.from('a'),
  reduce: Buffer.from('R'),
  newObject: Buffer.from([0x81]),
  build: Buffer.from('b'),
  persistent: Buffer.from('Q'),
  global: (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`),
  text: (text: string): Buffer =>
    Buffer.concat([Buffer.from('X'), uint(4, Buffer.byteLength(text)), Buffer.from(text)]),
  int: (value: number): Buffer => {
    const long = Buffer.from([0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0])
    long.writeBigInt64LE(BigInt(value), 2)
    return long
  },
  put: (slot: number): Buffer => Buffer.from([0x71, slot]),
  get: (slot: number): Buffer => Buffer.from([0x68, slot]),
  tuple: (...items: readonly Buffer[]): Buffer => Buffer.concat([op.mark, ...items, Buffer.from('t')]),
}

export interface CraftedTensor {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset?: number
  readonly storage?: string
  /** Values in the storage, as the pickle announces them. */
  readonly size: number
  readonly key?: string
}

export const tensor = ({
  shape,
  strides,
  offset = 0,
  storage = 'FloatStorage',
  size,
  key = '0',
}: CraftedTensor) =>
  Buffer.concat([
    op.global('torch._utils', '_rebuild_tensor_v2'),
    op.tuple(
      op.tuple(op.text('storage'), op.global('torch', storage), op.text(key), op.text('cpu'), op.int(size)),
      op.persistent,
      op.int(offset),
      op.tuple(...shape.map(op.int)),
      op.tuple(...strides.map(op.int)),
    ),
    op.reduce,
  ])

export const pickle = (...pieces: readonly Buffer[]): Buffer => Buffer.concat([op.proto, ...pieces, op.stop])

/** `{name: value}` for every pair. */
export const dict = (...pairs: readonly (readonly [string, Buffer])[]): Buffer =>
  Buffer.concat([op.emptyDict, ...pairs.flatMap(([name, value]) => [op.text(name), value, op.setItem])])

export const floats = (...values: readonly number[]): Buffer => Buffer.from(new Float32Array(values).buffer)

/** A torch archive of that pickle, its storages numbered from 0. */
export const torchArchive = (
  content: Buffer,
  storages: readonly Buffer[] = [],
  further: readonly ZipEntry[] = [],
): Buffer =>
  zip([
    { path: 'archive/data.pkl', data: content },
    ...storages.map((data, i) => ({ path: `archive/data/${i}`, data })),
    ...further,
  ])
