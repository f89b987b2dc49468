import {
  acquireMessage,
  finishEach,
  handshakeDot,
  type InputHandler,
  type Node,
  type NodeAPI,
  onClose,
  onInput,
  persistFor,
  statusOf,
  storeFileOf,
  userDirOf,
  whenConfigured,
} from '../wiring/index.ts'
import { readSettings, type VisionConfig, type VisionCredentials } from './settings.ts'

type VisionNode = Node<VisionCredentials>

/** Our OPC UA server, one station of it. Output: a trigger was taken. Input: the verdict, or what a catch node caught. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType<VisionNode, VisionConfig, object, VisionCredentials>(
    'opcua-vision',
    function (this: VisionNode, config: VisionConfig) {
      RED.nodes.createNode(this, config)
      onInput(
        this,
        whenConfigured(this, () => serve(RED, this, config)),
      )
    },
    {
      credentials: {
        password1: { type: 'password' },
        password2: { type: 'password' },
        password3: { type: 'password' },
        password4: { type: 'password' },
      },
    },
  )
}

const serve = (RED: NodeAPI, node: VisionNode, config: VisionConfig): InputHandler => {
  const settings = readSettings(config, node.credentials ?? {}, userDirOf(RED))
  const show = statusOf(node)
  const start = async () => {
    // With the first node that needs it: node-opcua takes a second and 100 MB.
    const { openVisionStation } = await import('./station.ts')
    return openVisionStation({
      ...settings,
      owner: node.id,
      storeFile: storeFileOf(RED),
      acquire: (acquisition) => node.send(acquireMessage(RED, node, acquisition)),
      notice: (level, text) => (level === 'warn' ? node.warn(text) : node.error(text)),
      log: (text) => node.log(text),
      show: (signals, clients) =>
        show(
          handshakeDot(signals, {
            peers: clients === 1 ? '1 client' : `${clients} clients`,
            acknowledged: settings.acknowledged,
          }),
        ),
    })
  }
  const station = persistFor(node, show, start)
  onClose(node, (removed) => station.close((started) => started.close(removed)))
  return finishEach(node, station.get)
}
