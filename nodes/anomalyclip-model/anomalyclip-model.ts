import { type Engine, type EngineStatus, listModels, startEngine } from '../../engine/index.ts'
import { messageOf } from '../../errors/index.ts'
import { type Node, type NodeAPI, onClose, userDirOf } from '../wiring/index.ts'
import type { ModelHost } from './host.ts'
import { type ModelConfig, readSettings } from './settings.ts'

/** One model on one device: its engine starts with the flow, so that the first image need not wait for it. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('anomalyclip-model', function (this: Node & ModelHost, config: ModelConfig) {
    RED.nodes.createNode(this, config)
    let engine: Engine
    try {
      engine = startEngine(readSettings(config, userDirOf(RED)))
    } catch (thrown) {
      this.error(messageOf(thrown))
      this.engine = () => {
        throw thrown
      }
      return
    }
    this.engine = () => engine
    const unsubscribe = engine.onStatus(logChanges(this))
    onClose(this, async () => {
      unsubscribe()
      await engine.close()
    })
  })

  RED.httpAdmin.get(
    '/anomalyclip/models',
    RED.auth.needsPermission('anomalyclip.read'),
    (_request, response) => {
      listModels(userDirOf(RED)).then(
        (models) => response.json(models),
        (error: unknown) => response.status(500).json({ error: messageOf(error) }),
      )
    },
  )
}

/** Says once in the log that the model has failed or its process is restarted; the infer nodes show it in their status. */
const logChanges = (node: Node): ((status: EngineStatus) => void) => {
  let restarts = 0
  let failed = false
  return (status) => {
    if (status.state === 'failed' && !failed) node.error(status.lastError)
    if (status.restarts > restarts) node.warn(`inference process restarted: ${status.lastError}`)
    restarts = status.restarts
    failed = status.state === 'failed'
  }
}
