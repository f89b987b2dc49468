import type { DataValue, NodeId } from 'node-opcua'
import { codedError, isCodedError } from '../../../errors/index.ts'
import type { Connection } from '../client/types.ts'
import { isUncertain } from './status.ts'
import type { OpcUaImage } from './types.ts'

/** What a read needs, whichever kind it is. */
export interface ReadContext {
  readonly connection: Pick<Connection, 'use'>
  /** Aborted when the source closes: the read ends at its next step. */
  readonly signal: AbortSignal
  readonly now: () => Date
}

/** An image, and what the trigger variable said before and after it was read. */
export interface ImageRead {
  readonly image: Omit<OpcUaImage, 'sequence' | 'nodeId'>
  /** Null where none was asked for. */
  readonly trigger: DataValue | null
}

/** Source timestamp, else the server's, else now: Part 4 §7.11 leaves both to the server. */
export const capturedAtOf = ({ sourceTimestamp, serverTimestamp }: DataValue, now: () => Date): Date =>
  sourceTimestamp ?? serverTimestamp ?? now()

export const statusOf = ({ statusCode }: DataValue): Pick<OpcUaImage, 'statusCode' | 'isUncertain'> => ({
  statusCode: statusCode.name,
  isUncertain: isUncertain(statusCode),
})

/** @throws OPCUA_IMAGE_EMPTY */
export const notEmpty = (bytes: Buffer | null, what: string): Buffer => {
  if (bytes !== null && bytes.byteLength > 0) return bytes
  throw codedError(
    'OPCUA_IMAGE_EMPTY',
    `${what} holds ${bytes === null ? 'no value' : 'no bytes'}, expected an image. The camera has written none yet, or another node is the right one.`,
  )
}

/**
 * Whether two reads of a variable gave the same: by status and source timestamp, to the ten picoseconds that it may have,
 * and by the value unless it is large.
 */
export const isSame = (a: DataValue, b: DataValue): boolean =>
  a.statusCode.equals(b.statusCode) &&
  a.sourceTimestamp?.getTime() === b.sourceTimestamp?.getTime() &&
  a.sourcePicoseconds === b.sourcePicoseconds &&
  (ArrayBuffer.isView(a.value.value) || String(a.value.value) === String(b.value.value))

export const torn = (nodeId: NodeId, what: string): Error =>
  codedError(
    'OPCUA_IMAGE_TORN',
    `${nodeId} was read while ${what} changed, twice in a row. Let the camera leave an image alone for longer than a read takes, ` +
      'or write to several variables in turn.',
  )

/** A second attempt at a read that something was written under; there is no third. */
export const onceMoreIfTorn = async <T>({ signal }: ReadContext, read: () => Promise<T>): Promise<T> => {
  try {
    return await read()
  } catch (thrown) {
    if (!isCodedError(thrown, 'OPCUA_IMAGE_TORN')) throw thrown
    signal.throwIfAborted()
    return await read()
  }
}
