import {
  AttributeIds,
  type ClientSession,
  DataType,
  type DataValue,
  makeBrowsePath,
  type NodeId,
  resolveNodeId,
  VariableIds,
  type VariantOptions,
} from 'node-opcua'
import { codedError } from '../../../errors/index.ts'
import { type ImageRead, isSame, notEmpty, onceMoreIfTorn, type ReadContext, torn } from './read.ts'
import { isBad } from './status.ts'
import { MEBIBYTE } from './types.ts'

/** What is asked for at a time; MaxByteStringLength of the file (Part 20 §4.2.1) or the server (Part 5 §6.3.2) may be less. */
const CHUNK_BYTES = MEBIBYTE

/** Mode of Open: bit 0 is Read (Part 20 §4.2.2). */
const READ = 1

/** Members of a FileType that are used here (Part 20 §4.2.1); node ids as the server has them. */
export interface FileNodes {
  readonly open: NodeId
  readonly read: NodeId
  readonly close: NodeId
  readonly size: NodeId
  /** Both are optional in the standard. */
  readonly lastModified: NodeId | null
  readonly maxByteString: NodeId | null
}

/**
 * Finds methods and properties of a file object.
 * @throws OPCUA_IMAGE_TYPE when it is none, OPCUA_IMAGE_BAD when there is no such node
 */
export const findFile = async (session: ClientSession, file: NodeId): Promise<FileNodes> => {
  const members = ['Open', 'Read', 'Close', 'Size', 'LastModifiedTime', 'MaxByteStringLength']
  const results = await session.translateBrowsePath(members.map((name) => makeBrowsePath(file, `/${name}`)))
  const [open, read, close, size, lastModified = null, maxByteString = null] = results.map(
    ({ statusCode, targets }) => (isBad(statusCode) ? null : (targets?.[0]?.targetId ?? null)),
  )
  if (open && read && close && size) return { open, read, close, size, lastModified, maxByteString }
  const status = results[0]?.statusCode.name ?? 'nothing'
  if (status.startsWith('BadNodeId'))
    throw codedError(
      'OPCUA_IMAGE_BAD',
      `the server gives ${file} the status ${status}. Look at the node id in the node.`,
    )
  throw codedError(
    'OPCUA_IMAGE_TYPE',
    `${file} lacks ${members.filter((_, index) => index < 4 && isBad(results[index]!.statusCode)).join(', ')}, expected a FileType with ` +
      'Open, Read, Close and Size. Choose the file object itself, or "variable" in the node.',
  )
}

export interface FileOptions {
  readonly nodeId: NodeId
  readonly maxBytes: number
  readonly trigger: NodeId | null
}

/** For the whole of a file; slower than 1 MiB a second is not waited for. */
const limitMs = (maxBytes: number): number => 10_000 + Math.ceil((1_000 * maxBytes) / MEBIBYTE)

/**
 * Reads a file through its own methods: Open, Read until the end, and Close whatever happens.
 * @throws OPCUA_IMAGE_TOO_LARGE by its Size or by what it gives, OPCUA_IMAGE_FILE when a method fails, OPCUA_IMAGE_EMPTY,
 * OPCUA_IMAGE_TYPE, OPCUA_IMAGE_BAD; and what `Connection.use` throws
 */
export const readFile = (context: ReadContext, options: FileOptions): Promise<ImageRead> =>
  onceMoreIfTorn(context, () => {
    const ms = limitMs(options.maxBytes)
    // Who has given up waiting must not leave a reader behind.
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(ms)])
    return context.connection.use((session) => readWithin(session, { ...context, signal }, options), ms)
  })

const readWithin = async (
  session: ClientSession,
  { signal, now }: ReadContext,
  { nodeId, maxBytes, trigger }: FileOptions,
): Promise<ImageRead> => {
  const file = await findFile(session, nodeId)
  const before = await readProperties(session, file, trigger)
  if (before.size > maxBytes) throw tooLarge(nodeId, `is ${before.size} bytes long`, maxBytes)
  const bytes = await readBytes(session, signal, { nodeId, file, maxBytes, chunkBytes: before.chunkBytes })
  const after = await readProperties(session, file, trigger)
  if (
    before.values.some((value, index) => !isSame(value, after.values[index]!)) ||
    bytes.byteLength < after.size
  )
    throw torn(nodeId, 'it or its trigger variable')
  const numbered = trigger === null ? null : after.values.at(-1)
  return {
    image: {
      bytes: notEmpty(bytes, String(nodeId)),
      capturedAt: after.lastModified ?? now(),
      statusCode: 'Good',
      isUncertain: false,
      dataType: 'FileType',
    },
    trigger: numbered && !isBad(numbered.statusCode) ? numbered : null,
  }
}

interface Bytes {
  readonly nodeId: NodeId
  readonly file: FileNodes
  readonly maxBytes: number
  readonly chunkBytes: number
}

const readBytes = async (
  session: ClientSession,
  signal: AbortSignal,
  { nodeId, file, maxBytes, chunkBytes }: Bytes,
): Promise<Buffer> => {
  signal.throwIfAborted()
  const call = methodsOf(session, nodeId)
  const handle = await call('Open', file.open, [{ dataType: DataType.Byte, value: READ }])
  const chunks: Buffer[] = []
  try {
    for (let total = 0; ; ) {
      signal.throwIfAborted()
      const length = { dataType: DataType.Int32, value: chunkBytes }
      const chunk = await call('Read', file.read, [{ dataType: DataType.UInt32, value: handle }, length])
      // At the end of the file nothing more is given (Part 20 §4.2.4).
      if (!Buffer.isBuffer(chunk) || chunk.byteLength === 0) break
      chunks.push(chunk)
      total += chunk.byteLength
      if (total > maxBytes) throw tooLarge(nodeId, 'gives more bytes than its Size says', maxBytes)
    }
  } finally {
    // The first error is the one to tell; a handle that cannot be closed goes with the session (Part 20 §4.2.3).
    await call('Close', file.close, [{ dataType: DataType.UInt32, value: handle }]).catch(() => {})
  }
  return Buffer.concat(chunks)
}

const SERVER_LIMIT = resolveNodeId(VariableIds.Server_ServerCapabilities_MaxByteStringLength)

interface Properties {
  readonly size: number
  readonly chunkBytes: number
  readonly lastModified: Date | null
  /** What must not change while the file is read; the trigger variable last. */
  readonly values: readonly DataValue[]
}

const readProperties = async (
  session: ClientSession,
  { size, lastModified, maxByteString }: FileNodes,
  trigger: NodeId | null,
): Promise<Properties> => {
  const limit = maxByteString ?? SERVER_LIMIT
  const nodeIds = [limit, size, lastModified ?? size]
  const [most, ...values] = await session.read(
    [...nodeIds, ...(trigger ? [trigger] : [])].map((nodeId) => ({
      nodeId,
      attributeId: AttributeIds.Value,
    })),
  )
  const chunk = numberFrom(goodValueOf(most))
  const modified = goodValueOf(values[1])
  return {
    size: numberFrom(goodValueOf(values[0])),
    // 0 and a missing value mean that there is no limit.
    chunkBytes: chunk > 0 ? Math.min(chunk, CHUNK_BYTES) : CHUNK_BYTES,
    lastModified: modified instanceof Date ? modified : null,
    values,
  }
}

const goodValueOf = (read: DataValue | undefined): unknown =>
  read === undefined || isBad(read.statusCode) ? null : read.value.value

/** Size is a UInt64, which node-opcua gives as [high, low]. */
const numberFrom = (value: unknown): number =>
  Array.isArray(value) ? Number(value[0]) * 2 ** 32 + Number(value[1]) : Number(value ?? 0)

/** Calls methods of one object; gives the first output argument. */
const methodsOf =
  (session: ClientSession, objectId: NodeId) =>
  async (name: string, methodId: NodeId, inputArguments: VariantOptions[]): Promise<unknown> => {
    const { statusCode, outputArguments } = await session.call({ objectId, methodId, inputArguments })
    if (!isBad(statusCode)) return outputArguments?.[0]?.value
    throw codedError(
      'OPCUA_IMAGE_FILE',
      `${name} of the file ${objectId} fails with ${statusCode.name} (${statusCode.description}). ` +
        'Another client may be writing it, or our user may not read it.',
    )
  }

const tooLarge = (nodeId: NodeId, found: string, maxBytes: number): Error =>
  codedError(
    'OPCUA_IMAGE_TOO_LARGE',
    `the file ${nodeId} ${found}, more than the ${maxBytes} bytes that this node allows for files. Raise the limit for files in the node, ` +
      'or let the camera write smaller images.',
  )
