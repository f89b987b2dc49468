import { deploymentRecord, listModels } from '../../engine/index.ts'
import { messageOf } from '../../errors/index.ts'
import { type Node, type NodeAPI, onClose, userDirOf } from '../wiring/index.ts'
import { logChanges } from './changes.ts'
import { type Host, openHost } from './deployed.ts'
import { isModelHost, type ModelHost } from './host.ts'
import { logLosses } from './losses.ts'
import { runningOf } from './running.ts'
import type { ModelCredentials } from './server.ts'
import { type ModelConfig, readSettings } from './settings.ts'

type ModelNode = Node<ModelCredentials> & ModelHost

/** One model on one device: its engine starts with the flow, so that the first image need not wait for it. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType<ModelNode, ModelConfig, object, ModelCredentials>(
    'anomalyclip-model',
    function (this: ModelNode, config: ModelConfig) {
      RED.nodes.createNode(this, config)
      let host: Host
      try {
        const userDir = userDirOf(RED)
        const settings = readSettings(config, this.credentials ?? {}, userDir)
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
    },
    { credentials: { serverToken: { type: 'password' } } },
  )

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

  RED.httpAdmin.get(
    '/anomalyclip/running/:id',
    RED.auth.needsPermission('anomalyclip.read'),
    (request, response) => {
      response.json(runningOf(RED.nodes.getNode(String(request.params.id))))
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
