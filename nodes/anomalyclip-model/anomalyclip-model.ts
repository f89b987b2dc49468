import { deploymentRecord, type EngineStatus, listModels } from '../../engine/index.ts'
import { messageOf } from '../../errors/index.ts'
import { type Node, type NodeAPI, onClose, userDirOf } from '../wiring/index.ts'
import { type Host, openHost } from './deployed.ts'
import { isModelHost, type ModelHost } from './host.ts'
import { logLosses } from './losses.ts'
import { type ModelConfig, readSettings } from './settings.ts'

/** One model on one device: its engine starts with the flow, so that the first image need not wait for it. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('anomalyclip-model', function (this: Node & ModelHost, config: ModelConfig) {
    RED.nodes.createNode(this, config)
    let host: Host
    try {
      const userDir = userDirOf(RED)
      const settings = readSettings(config, userDir)
      host = openHost(settings, config.model, userDir, deploymentRecord(userDir, this.id, config.model))
    } catch (thrown) {
      this.error(messageOf(thrown))
      this.host = () => {
        throw thrown
      }
      return
    }
    this.host = () => host
    const { reference, isChosen } = host.inUse()
    if (!isChosen) this.log(`"${reference}" is in use, in place of the chosen model "${config.model}"`)
    const listeners = [logChanges(this), logLosses(this)].map((listen) => host.engine.onStatus(listen))
    onClose(this, async () => {
      for (const unsubscribe of listeners) unsubscribe()
      await host.engine.close()
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

  RED.httpAdmin.get(
    '/anomalyclip/in-use/:id',
    RED.auth.needsPermission('anomalyclip.read'),
    (request, response) => {
      response.json(inUse(RED.nodes.getNode(String(request.params.id))))
    },
  )
}

/** What the editor says of a node that runs another model than it shows; null of every other node. */
const inUse = (node: unknown): { readonly model: string } | null => {
  try {
    const { reference, isChosen } = isModelHost(node)
      ? node.host().inUse()
      : { reference: '', isChosen: true }
    return isChosen ? null : { model: reference }
  } catch {
    // Its configuration is wrong, which the log says.
    return null
  }
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
