import { AttributeIds, type DataValue, type NodeId, NumericRange, StatusCodes } from 'node-opcua'
import { codedError } from '../../../errors/index.ts'
import type { Connection } from '../client/types.ts'
import { isBad, usable } from './status.ts'
import { MEBIBYTE } from './types.ts'
import { bytesOf } from './value.ts'

/**
 * No message of node-opcua is longer than 16 MiB (its BinaryStream ends there): above it a server of this kind fails, and a
 * client with larger settings waits for ever. The rest is for what stands around the image.
 */
const WHOLE_BYTES = 16 * MEBIBYTE - 65_536

/** What can be known of a variable without fetching it. */
export interface Look {
  /** Whether the server honours an IndexRange on this value; if not, nothing below is known. */
  readonly isRanged: boolean
  /** It fits into one message. */
  readonly isSmall: boolean
  /** The DataType attribute. */
  readonly declared: DataValue
}

/**
 * Asks for single bytes of the value (IndexRange, Part 4 §7.27): the first, then the one just above the limit and the one that no
 * longer fits into a message. Takes milliseconds, whatever the size. Two requests, as a server that ignores the range sends
 * the whole value for each byte.
 * @throws OPCUA_IMAGE_TOO_LARGE, OPCUA_IMAGE_BAD, OPCUA_IMAGE_TYPE
 */
export const lookAt = async (
  { use }: Pick<Connection, 'use'>,
  nodeId: NodeId,
  maxBytes: number,
): Promise<Look> => {
  const at = (index: number) => ({
    nodeId,
    attributeId: AttributeIds.Value,
    indexRange: new NumericRange(index),
  })
  const type = { nodeId, attributeId: AttributeIds.DataType }
  const [first, declared] = await use((session) => session.read([at(0), type]))
  if (!holdsOneByte(usableUnlessRange(first, nodeId)))
    return { isRanged: false, isSmall: false, declared: declared! }
  const [above, beyond] = await use((session) => session.read([at(maxBytes), at(WHOLE_BYTES)]))
  if (isThere(above))
    throw codedError(
      'OPCUA_IMAGE_TOO_LARGE',
      `${nodeId} holds more than ${maxBytes} bytes (${mebibytes(maxBytes)}), the limit of this node. Raise the limit in the node, let the ` +
        'camera write smaller images (JPEG, PNG), or offer them as a FileType, which has a limit of its own.',
    )
  return { isRanged: true, isSmall: !isThere(beyond), declared: declared! }
}

const mebibytes = (bytes: number): string =>
  `${(bytes / MEBIBYTE).toFixed(bytes % MEBIBYTE === 0 ? 0 : 1)} MiB`

/** Servers that know no IndexRange on this value say so in several ways; all else that is bad is bad for the whole value, too. */
const WITHOUT_RANGE = [
  StatusCodes.BadIndexRangeNoData,
  StatusCodes.BadIndexRangeInvalid,
  StatusCodes.BadIndexRangeDataMismatch,
  StatusCodes.BadNotSupported,
  StatusCodes.BadNotImplemented,
]

const usableUnlessRange = (first: DataValue | undefined, nodeId: NodeId): DataValue | null =>
  first !== undefined && WITHOUT_RANGE.some((code) => code.equals(first.statusCode))
    ? null
    : usable(first, String(nodeId))

/** A server may also ignore the IndexRange and send the whole value. */
const holdsOneByte = (first: DataValue | null): boolean =>
  first !== null && bytesOf(first, 'the image')?.byteLength === 1

const isThere = (probe: DataValue | undefined): boolean =>
  probe !== undefined && !isBad(probe.statusCode) && probe.value.value !== null
