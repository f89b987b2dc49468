import type { PlcLinkStatus } from '../../connect/opcua/result/index.ts'
import { dotOf } from '../opcua-connection/status.ts'
import { handshakeDot, type NodeStatus } from '../wiring/index.ts'

/**
 * The dot under the node: the connection's while there is no session; red with a signal that cannot be read or written; then that of
 * every handshake. l = results that came too late.
 */
export const dotFor = ({ connection, signals, faulty, late }: PlcLinkStatus): NodeStatus => {
  if (connection.state !== 'online') return dotOf(connection)
  if (faulty[0] !== undefined) return { fill: 'red', shape: 'ring', text: `fault ${faulty[0]}` }
  const dot = handshakeDot(signals)
  return late > 0 ? { ...dot, text: `${dot.text} l${late}` } : dot
}
