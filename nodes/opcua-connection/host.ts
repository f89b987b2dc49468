import { type Connection, sharedConnection } from '../../connect/opcua/client/index.ts'
import { codedError } from '../../errors/index.ts'
import type { NodeAPI } from '../wiring/index.ts'

/** What an `opcua-connection` node offers to the nodes that use it. */
export interface ConnectionHost {
  /**
   * @param open given by the caller, who has loaded it: the connection's own node loads nothing of OPC UA before it is used
   * @throws what was wrong with the configuration of the connection
   */
  connection: (open: typeof sharedConnection) => Connection
}

/**
 * The connection of a chosen `opcua-connection` node. The first user opens it; each one closes what it was given here when
 * it closes itself, and the last one to do so closes the session.
 * @throws NODE_CONFIG when none is chosen, or it is gone or disabled; else what was wrong with its configuration
 */
export const connectionOf = (RED: NodeAPI, id: string): Connection => {
  const host: unknown = id ? RED.nodes.getNode(id) : null
  if (!isConnectionHost(host))
    throw codedError(
      'NODE_CONFIG',
      id
        ? `the OPC UA connection "${id}" does not exist or is disabled. Choose another connection in the node, or enable it.`
        : 'no OPC UA connection is chosen. Open the node and choose one.',
    )
  return host.connection(sharedConnection)
}

const isConnectionHost = (found: unknown): found is ConnectionHost =>
  typeof found === 'object' &&
  found !== null &&
  'connection' in found &&
  typeof found.connection === 'function'
