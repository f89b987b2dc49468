import { AttributeIds, type DataValue, type NodeId, NumericRange, StatusCodes } from 'node-opcua'
import { codedError, isCodedError, messageOf } from '../../../errors/index.ts'
import { type Look, lookAt } from './look.ts'
import {
  capturedAtOf,
  type ImageRead,
  isSame,
  notEmpty,
  onceMoreIfTorn,
  type ReadContext,
  statusOf,
  torn,
} from './read.ts'
import { isBad, saysTooLarge, tooLargeForMessage, usable } from './status.ts'
import { MEBIBYTE } from './types.ts'
import { bytesOf, typeOf } from './value.ts'

/** Half of what a message can hold. */
const SLICE_BYTES = 8 * MEBIBYTE

/** Enough for 16 MB at 16 Mbit/s. A server that knows no IndexRange may have sent more than can be received: it answers never. */
const UNRANGED_LIMIT_MS = 10_000

export interface VariableOptions {
  readonly nodeId: NodeId
  readonly maxBytes: number
  /** Variable to be read before and after the image in the same request: whose image it is. Null = none. */
  readonly trigger: NodeId | null
}

/**
 * Reads an image out of a variable: looks at its size first, then fetches it whole, or in slices where a message could not
 * hold it. A value that changes meanwhile is read once more.
 * @throws OPCUA_IMAGE_TOO_LARGE before anything large is sent, OPCUA_IMAGE_BAD, OPCUA_IMAGE_EMPTY, OPCUA_IMAGE_TYPE,
 * OPCUA_IMAGE_TORN; and what `Connection.use` throws
 */
export const readVariable = (context: ReadContext, options: VariableOptions): Promise<ImageRead> =>
  onceMoreIfTorn(context, () => readOnce(context, options))

const readOnce = async (context: ReadContext, options: VariableOptions): Promise<ImageRead> => {
  const look = await lookAt(context.connection, options.nodeId, options.maxBytes)
  context.signal.throwIfAborted()
  if (!look.isRanged) return readUnranged(context, options, look)
  return look.isSmall ? readWhole(context, options, look) : readSlices(context, options, look)
}

/** Image and trigger of one Read: the trigger on both sides, so that a change in between shows. */
const fetch = async (
  { connection, signal }: ReadContext,
  { nodeId, trigger }: VariableOptions,
  indexRange?: NumericRange,
  timeoutMs?: number,
): Promise<{ image: DataValue; trigger: DataValue | null }> => {
  signal.throwIfAborted()
  const image = { nodeId, attributeId: AttributeIds.Value, ...(indexRange && { indexRange }) }
  const beside = trigger === null ? [] : [{ nodeId: trigger, attributeId: AttributeIds.Value }]
  const values = await connection
    .use((session) => session.read([...beside, image, ...beside]), timeoutMs)
    .catch((thrown: unknown) => {
      throw saysTooLarge(thrown) ? tooLargeForMessage(String(nodeId), thrown) : thrown
    })
  if (trigger === null) return { image: values[0]!, trigger: null }
  const [before, found, after] = values as [DataValue, DataValue, DataValue]
  // Without its number the image is still an image.
  if (isBad(before.statusCode) || isBad(after.statusCode)) return { image: found, trigger: null }
  if (!isSame(before, after)) throw torn(nodeId, 'its trigger variable')
  return { image: found, trigger: after }
}

const readWhole = async (
  context: ReadContext,
  options: VariableOptions,
  { declared }: Look,
  timeoutMs?: number,
): Promise<ImageRead> => {
  const { image, trigger } = await fetch(context, options, undefined, timeoutMs)
  const what = String(options.nodeId)
  const bytes = notEmpty(bytesOf(usable(image, what), what), what)
  if (bytes.byteLength > options.maxBytes)
    throw codedError(
      'OPCUA_IMAGE_TOO_LARGE',
      `${what} holds ${bytes.byteLength} bytes, more than the ${options.maxBytes} that this node allows. Raise the limit in the node, ` +
        'or let the camera write smaller images.',
    )
  return { image: asImage(context, image, bytes, typeOf(image, declared)), trigger }
}

/** Without IndexRange nobody can say how large the value is: read, and if that breaks, suspect its size. */
const readUnranged = async (
  context: ReadContext,
  options: VariableOptions,
  look: Look,
): Promise<ImageRead> => {
  try {
    return await readWhole(context, options, look, UNRANGED_LIMIT_MS)
  } catch (thrown) {
    if (!isCodedError(thrown, 'OPCUA_TIMEOUT') && !isCodedError(thrown, 'OPCUA_CONNECTION_LOST')) throw thrown
    throw codedError(
      'OPCUA_IMAGE_TOO_LARGE',
      `reading ${options.nodeId} failed (${messageOf(thrown)}). The server does not tell sizes (no IndexRange on this variable), so this is a ` +
        'suspicion: the image is larger than a message can be. Let the camera write smaller images, or offer them as a FileType.',
      { cause: thrown },
    )
  }
}

/** Slice after slice until one is not full (Part 4 §7.27: a range that goes beyond the end gives what there is). */
const readSlices = async (
  context: ReadContext,
  options: VariableOptions,
  { declared }: Look,
): Promise<ImageRead> => {
  const what = String(options.nodeId)
  const slices: Buffer[] = []
  const slice = async (from: number) => {
    const answer = await fetch(context, options, new NumericRange(from, from + SLICE_BYTES - 1))
    if (from > 0 && answer.image.statusCode.equals(StatusCodes.BadIndexRangeNoData)) return null
    return { ...answer, bytes: bytesOf(usable(answer.image, what), what) ?? Buffer.alloc(0) }
  }
  const first = await slice(0)
  for (let part = first, total = 0; part !== null; part = await slice(total)) {
    if (!isSame(part.image, first!.image)) throw torn(options.nodeId, 'it')
    if (part.trigger && first!.trigger && !isSame(part.trigger, first!.trigger))
      throw torn(options.nodeId, 'its trigger variable')
    slices.push(part.bytes)
    total += part.bytes.byteLength
    // It has grown since we looked.
    if (total > options.maxBytes) throw torn(options.nodeId, 'it')
    if (part.bytes.byteLength < SLICE_BYTES) break
  }
  // A server that gives no source timestamp cannot show a change by it: then the first slice has to be the same once more.
  if (first!.image.sourceTimestamp === null && !(await slice(0))?.bytes.equals(slices[0]!))
    throw torn(options.nodeId, 'it')
  const bytes = notEmpty(Buffer.concat(slices), what)
  return {
    image: asImage(context, first!.image, bytes, typeOf(first!.image, declared)),
    trigger: first!.trigger,
  }
}

const asImage = (
  context: ReadContext,
  value: DataValue,
  bytes: Buffer,
  dataType: string,
): ImageRead['image'] => ({
  bytes,
  capturedAt: capturedAtOf(value, context.now),
  dataType,
  ...statusOf(value),
})
