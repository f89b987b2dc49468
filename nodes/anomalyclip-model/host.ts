import type { Engine } from '../../engine/index.ts'
import { codedError } from '../../errors/index.ts'
import type { NodeAPI } from '../wiring/index.ts'
import type { Host } from './deployed.ts'

/** What an `anomalyclip-model` node offers to the nodes that use it. */
export interface ModelHost {
  /** @throws what was wrong with the configuration of the model */
  host: () => Host
}

/**
 * What stands behind a chosen `anomalyclip-model` node.
 * @throws NODE_CONFIG when none is chosen, or it is gone or disabled; else what was wrong with its configuration
 */
export const hostOf = (RED: NodeAPI, id: string): Host => {
  const node: unknown = id ? RED.nodes.getNode(id) : null
  if (!isModelHost(node))
    throw codedError(
      'NODE_CONFIG',
      id
        ? `the model node "${id}" does not exist or is disabled. Choose another model in the node, or enable it.`
        : 'no model is chosen. Open the node and choose one.',
    )
  return node.host()
}

/** Its engine, whatever model it runs. @throws as `hostOf` does */
export const engineOf = (RED: NodeAPI, id: string): Engine => hostOf(RED, id).engine

export const isModelHost = (found: unknown): found is ModelHost =>
  typeof found === 'object' && found !== null && 'host' in found && typeof found.host === 'function'
