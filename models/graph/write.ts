import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { type Constant, type Graph, neededNodes } from './graph.ts'
import { modelProto, type Placement } from './onnx.ts'
import { ELEMENT_TYPES, elementsOf, showShape, type TensorData } from './tensor.ts'

export interface WrittenFile {
  readonly bytes: number
  readonly sha256: string
}

export interface WriteOptions {
  readonly folder: string
  /** Name of the graph inside the file. */
  readonly name: string
  readonly producer: string
  readonly signal?: AbortSignal
  readonly onProgress?: (written: number, total: number) => void
}

export const MODEL_FILE = 'model.onnx'
export const DATA_FILE = 'model.onnx.data'

/** Weights up to this size in all stay in model.onnx, as one file is easier to handle; protobuf itself ends at 2 GB. */
const MAX_INLINE_BYTES = 64 * 2 ** 20
/** Constants smaller than this stay inline in any case: an entry in the other file would cost more. */
const MIN_EXTERNAL_BYTES = 1024
/** Offsets fall on pages, so that a host can map the file into memory instead of reading it. */
const PAGE = 4096

const bytesOf = ({ type, shape }: Constant): number => elementsOf(shape) * ELEMENT_TYPES[type].bytes

/** Loads a constant and holds it to its announced shape. */
export const loadConstant = async (constant: Constant): Promise<TensorData[keyof TensorData]> => {
  const data = await constant.load()
  if (data.length !== elementsOf(constant.shape))
    throw new Error(
      `constant "${constant.name}" is declared ${showShape(constant.shape)} and has ${data.length} numbers`,
    )
  return data
}

/** Smaller pieces are gathered: a graph of a thousand nodes has many thousands of them, and each write waits for the system. */
const GATHERED_BYTES = 2 ** 20

/** A file that is hashed while it is written. */
const hashedFile = async (path: string) => {
  const handle: FileHandle = await open(path, 'wx')
  const hash: Hash = createHash('sha256')
  let bytes = 0
  let gathered: Uint8Array[] = []
  let gatheredBytes = 0
  const flush = async (): Promise<void> => {
    const pieces = gathered
    gathered = []
    gatheredBytes = 0
    if (pieces.length > 0) await handle.writeFile(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
  }
  return {
    /** The chunk must not change until the file is finished. */
    async write(chunk: Uint8Array) {
      hash.update(chunk)
      bytes += chunk.length
      if (gatheredBytes + chunk.length > GATHERED_BYTES) await flush()
      gathered.push(chunk)
      gatheredBytes += chunk.length
      if (gatheredBytes >= GATHERED_BYTES) await flush()
    },
    get bytes() {
      return bytes
    },
    finish: async (): Promise<WrittenFile> => {
      await flush()
      return { bytes, sha256: hash.digest('hex') }
    },
    close: () => handle.close(),
  }
}

/**
 * Writes what the graph's outputs need as `model.onnx`, large weights beside it in `model.onnx.data`, one tensor in
 * memory at a time.
 * @returns size and sha256 by file name
 */
export const writeGraph = async (
  graph: Graph,
  options: WriteOptions,
): Promise<Record<string, WrittenFile>> => {
  const nodes = neededNodes(
    graph,
    graph.outputs.map((value) => value.name),
  )
  const used = new Set(nodes.flatMap((node) => node.inputs))
  const constants = [...graph.constants.values()].filter((constant) => used.has(constant.name))
  const total = constants.reduce((sum, constant) => sum + bytesOf(constant), 0)
  const external = total > MAX_INLINE_BYTES
  const placed: [Constant, Placement][] = []
  const files: Record<string, WrittenFile> = {}
  let written = 0

  const data = external ? await hashedFile(join(options.folder, DATA_FILE)) : null
  try {
    for (const constant of constants) {
      options.signal?.throwIfAborted()
      const numbers = await loadConstant(constant)
      if (data === null || numbers.byteLength < MIN_EXTERNAL_BYTES)
        placed.push([constant, { inline: numbers }])
      else {
        const gap = (PAGE - (data.bytes % PAGE)) % PAGE
        if (gap > 0) await data.write(new Uint8Array(gap))
        placed.push([constant, { file: DATA_FILE, offset: data.bytes, length: numbers.byteLength }])
        await data.write(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
      }
      written += numbers.byteLength
      options.onProgress?.(written, total)
    }
    if (data !== null) files[DATA_FILE] = await data.finish()
  } finally {
    await data?.close()
  }

  const { inputs, outputs } = graph
  const model = await hashedFile(join(options.folder, MODEL_FILE))
  try {
    const { name, producer } = options
    for (const chunk of modelProto({ name, nodes, inputs, outputs, constants: placed, producer }))
      await model.write(chunk)
    files[MODEL_FILE] = await model.finish()
  } finally {
    await model.close()
  }
  return files
}
