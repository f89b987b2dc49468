import type { ConnectionStatus } from '../../connect/opcua/client/index.ts'
import type { ImageCounts } from '../../connect/opcua/image/index.ts'
import { dotOf } from '../opcua-connection/status.ts'
import type { NodeStatus } from '../wiring/index.ts'

/** Node-RED's guidance for nodes: status text stays under 20 characters. */
const MAX_TEXT = 19

/**
 * The dot under the node: the connection's while there is no session; then how many images came and how many were missed,
 * in green, or what went wrong with the last one, in red.
 */
export const dotFor = (
  connection: ConnectionStatus,
  counts: ImageCounts,
  lastError: string | null,
): NodeStatus => {
  if (connection.state !== 'online') return dotOf(connection)
  if (lastError !== null) return { fill: 'red', shape: 'dot', text: wordsOf(lastError) }
  return { fill: 'green', shape: 'dot', text: countsOf(counts) }
}

/** @example countsOf({ images: 12, missed: 3, … }) // '12 images, 3 missed' */
const countsOf = ({ images, missed }: ImageCounts): string => {
  if (missed === 0) return `${images} images`
  const long = `${images} images, ${missed} missed`
  if (long.length <= MAX_TEXT) return long
  const short = `${shortened(images)} img, ${shortened(missed)} missed`
  return short.length <= MAX_TEXT ? short : `${shortened(images)} img ${shortened(missed)} miss`
}

/** @example wordsOf('OPCUA_IMAGE_TOO_LARGE: …') // 'image too large' */
const wordsOf = (error: string): string =>
  /^(?:OPCUA_)?([A-Z_]+): /.exec(error)?.[1]?.toLowerCase().replaceAll('_', ' ') ?? 'failed'

const shortened = (count: number): string => {
  if (count >= 1e6) return `${Math.floor(count / 1e6)}M`
  return count >= 1e3 ? `${Math.floor(count / 1e3)}k` : String(count)
}
