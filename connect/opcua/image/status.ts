import { type DataValue, type StatusCode, StatusCodes } from 'node-opcua'
import { codedError, messageOf } from '../../../errors/index.ts'

/** Part 4 §7.39.1: the two highest bits are the severity, 01 = uncertain. */
export const isUncertain = ({ value }: StatusCode): boolean => value >>> 30 === 1

/** Good and uncertain values can be used. */
export const isBad = ({ value }: StatusCode): boolean => value >>> 31 === 1

/** What a server says when its answer would not fit into a message; also of a channel that broke on one. */
const TOO_LARGE = /Bad(TcpMessageTooLarge|ResponseTooLarge|EncodingLimitsExceeded)/

export const saysTooLarge = (thrown: unknown): boolean => TOO_LARGE.test(messageOf(thrown))

export const tooLargeForMessage = (what: string, thrown: unknown): Error =>
  codedError(
    'OPCUA_IMAGE_TOO_LARGE',
    `the server answers ${TOO_LARGE.exec(messageOf(thrown))?.[0]} for ${what}: the image does not fit into a message of this ` +
      'server. Let the camera write smaller images, or offer them as a FileType.',
    { cause: thrown },
  )

/**
 * The value of a read, if it can be used.
 * @throws OPCUA_IMAGE_BAD with the status code's name, OPCUA_IMAGE_TOO_LARGE
 */
export const usable = (dataValue: DataValue | undefined, what: string): DataValue => {
  const { statusCode } = dataValue ?? { statusCode: StatusCodes.BadNoData }
  if (dataValue !== undefined && !isBad(statusCode)) return dataValue
  const { name, description } = statusCode
  if (saysTooLarge(name)) throw tooLargeForMessage(what, name)
  throw codedError(
    'OPCUA_IMAGE_BAD',
    `the server gives ${what} the status ${name} (${description}). Look at the server, and at the node id in the node.`,
  )
}
