import { codedError } from '../../errors/index.ts'
import { duplicateKey } from './duplicate-keys.ts'
import type { FileBytes } from './file-bytes.ts'
import { countOf, describe, rowMajorStrides } from './layout.ts'
import type { ByteSource, TensorLayout, TensorType, WeightsFile } from './types.ts'
import { weightsFile } from './weights-file.ts'
import { isTensorType, TYPES } from './widen.ts'

/**
 * The reference reader allows 100 MB (`MAX_HEADER_SIZE`); the header of the largest published CLIP is under 0.3 MB, and a parsed
 * header takes several times its size in memory.
 */
const MAX_HEADER_BYTES = 16 * 1024 * 1024

/** Length of the header, little-endian, before everything else. */
const LENGTH_BYTES = 8

interface Entry {
  readonly name: string
  readonly type: TensorType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** A header begins with `{` (the format demands it) behind eight bytes of length, the upper ones 0 for any real file. */
export const looksLikeSafetensors = (head: Uint8Array): boolean =>
  head[LENGTH_BYTES] === 0x7b && head[6] === 0 && head[7] === 0

/**
 * Opens a safetensors file; the caller's handle is closed with it.
 * Source: https://huggingface.co/docs/safetensors, "Format".
 * @throws WEIGHTS_DAMAGED, WEIGHTS_LIMIT, WEIGHTS_TENSOR_TYPE
 */
export const openSafetensors = async (bytes: FileBytes): Promise<WeightsFile> => {
  const { file } = bytes
  const dataStart = LENGTH_BYTES + (await headerLength(bytes))
  const header = new Uint8Array(dataStart - LENGTH_BYTES)
  await bytes.read(header, LENGTH_BYTES)
  const entries = parseHeader(file, header)
  checkExtents(file, entries, bytes.size - dataStart)

  const layouts = new Map(
    entries.map(({ name, type, shape, begin, end }): [string, TensorLayout] => {
      const source: ByteSource = {
        title: `the data of ${name}`,
        bytes: end - begin,
        crc32: null,
        read: (into, position) => bytes.read(into, dataStart + begin + position),
      }
      return [name, { type, shape, strides: rowMajorStrides(shape), offset: 0, source }]
    }),
  )
  return weightsFile({ file, format: 'safetensors', layouts, close: bytes.close })
}

const headerLength = async ({ file, size, read }: FileBytes): Promise<number> => {
  const head = new Uint8Array(LENGTH_BYTES)
  await read(head, 0)
  const length = Number(new DataView(head.buffer).getBigUint64(0, true))
  if (length > MAX_HEADER_BYTES)
    throw codedError(
      'WEIGHTS_LIMIT',
      `${file} announces a header of ${length} bytes; at most ${MAX_HEADER_BYTES} are read. ` +
        'The file is damaged or of another format: fetch it again and compare its sha256.',
    )
  if (LENGTH_BYTES + length > size)
    throw damaged(file, `announces a header of ${length} bytes but is ${size} bytes long`)
  return length
}

const damaged = (file: string, found: string, cause?: unknown) =>
  codedError(
    'WEIGHTS_DAMAGED',
    `${file} ${found}. Fetch the file again and compare its sha256.`,
    cause === undefined ? undefined : { cause },
  )

const parseHeader = (file: string, header: Uint8Array): readonly Entry[] => {
  let parsed: unknown
  let twice: string | null
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(header)
    parsed = JSON.parse(text)
    twice = duplicateKey(text)
  } catch (cause) {
    throw damaged(file, 'has a header that is not JSON', cause)
  }
  if (twice !== null) throw damaged(file, `has "${twice}" twice in its header`)
  // An object: the text begins with a brace, or it would not have been taken for safetensors.
  return Object.entries(parsed as object)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(file, name, entry))
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)

const parseEntry = (file: string, name: string, entry: unknown): Entry => {
  if (!isRecord(entry)) throw damaged(file, `describes tensor ${name} by something else than an object`)
  const { dtype: type, shape, data_offsets: offsets } = entry
  if (typeof type !== 'string' || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2)
    throw damaged(
      file,
      `does not give dtype, shape and data_offsets of tensor ${name} as the format wants them`,
    )
  if (!isTensorType(type))
    throw codedError(
      'WEIGHTS_TENSOR_TYPE',
      `tensor ${name} of ${file} is of type ${type}; expected one of ${Object.keys(TYPES).join(', ')}. ` +
        'Convert it to F32 or F16 first.',
    )
  const [begin, end] = offsets as readonly [number, number]
  return { name, type, shape, begin, end }
}

/** Tensors must fit their shapes and cover the data exactly: no gap to hide anything in, no byte in two of them. */
const checkExtents = (file: string, entries: readonly Entry[], dataBytes: number): void => {
  let covered = 0
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const { name, type, shape, begin, end } = entry
    const expected = (countOf(shape) ?? Number.POSITIVE_INFINITY) * TYPES[type].bytes
    if (end - begin !== expected)
      throw damaged(
        file,
        `gives tensor ${name}, ${describe(entry)}, ${end - begin} bytes; expected ${expected}`,
      )
    if (begin !== covered)
      throw damaged(
        file,
        `${begin < covered ? 'overlaps tensors' : 'leaves a gap'} before ${name}: it begins at byte ${begin} of the data, expected ${covered}`,
      )
    covered = end
  }
  if (covered !== dataBytes)
    throw damaged(file, `has ${dataBytes} bytes of data; its header describes ${covered}`)
}
