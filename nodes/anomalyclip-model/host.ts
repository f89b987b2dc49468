import type { Engine } from '../../engine/index.ts'
import { codedError } from '../../errors/index.ts'
import type { NodeAPI } from '../wiring/index.ts'

/** What an `anomalyclip-model` node offers to the nodes that use it. */
export interface ModelHost {
  /** @throws what was wrong with the configuration of the model */
  engine: () => Engine
}

/**
 * The engine of a chosen `anomalyclip-model` node.
 * @throws NODE_CONFIG when none is chosen, or it is gone or disabled; else what was wrong with its configuration
 */
export const engineOf = (RED: NodeAPI, id: string): Engine => {
  const host: unknown = id ? RED.nodes.getNode(id) : null
  if (!isModelHost(host))
    throw codedError(
      'NODE_CONFIG',
      id
        ? `the model node "${id}" does not exist or is disabled. Choose another model in the node, or enable it.`
        : 'no model is chosen. Open the node and choose one.',
    )
  return host.engine()
}

const isModelHost = (found: unknown): found is ModelHost =>
  typeof found === 'object' && found !== null && 'engine' in found && typeof found.engine === 'function'
