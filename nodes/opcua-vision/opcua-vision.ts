import { isCodedError, messageOf } from '../../errors/index.ts'
import {
  acquireMessage,
  finishEach,
  handshakeDot,
  type InputHandler,
  type Node,
  type NodeAPI,
  onClose,
  onInput,
  statusOf,
  storeFileOf,
  userDirOf,
  whenConfigured,
} from '../wiring/index.ts'
import { persist } from './persist.ts'
import { readSettings, type VisionConfig, type VisionCredentials } from './settings.ts'
import { openVisionStation } from './station.ts'

/** The port may be free again, and the disk may have room again, without anybody deploying. */
const RETRY_MS = 10_000

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
  show({ fill: 'yellow', shape: 'ring', text: 'starting' })
  const start = () =>
    openVisionStation({
      ...settings,
      owner: node.id,
      storeFile: storeFileOf(RED),
      acquire: (acquisition) => node.send(acquireMessage(RED, node, acquisition)),
      notice: (level, text) => (level === 'warn' ? node.warn(text) : node.error(text)),
      log: (text) => node.log(text),
      show: (signals, clients) =>
        show(handshakeDot(signals, clients === 1 ? '1 client' : `${clients} clients`)),
    })
  let told = ''
  const failed = (thrown: unknown): void => {
    show({ fill: 'red', shape: 'ring', text: isCodedError(thrown) ? thrown.code : 'not started' })
    const text = messageOf(thrown)
    // Once, not every ten seconds.
    if (text !== told) node.error(text)
    told = text
  }
  const station = persist(start, failed, RETRY_MS)
  onClose(node, (removed) => station.close((started) => started.close(removed)))
  return finishEach(node, station.get)
}
