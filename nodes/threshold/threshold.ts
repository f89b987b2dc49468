import { codedError, messageOf } from '../../errors/index.ts'
import { dotOf, openThreshold, readSettings, type Store } from '../../inspection/threshold/index.ts'
import {
  type InputHandler,
  type Message,
  type Node,
  type NodeAPI,
  type NodeDef,
  onClose,
  onInput,
  readText,
  readTyped,
  requireVersion,
  statusOf,
  whenConfigured,
} from '../wiring/index.ts'

/** As far as the node itself reads it; the rest is `readSettings`' own. */
interface ThresholdConfig extends NodeDef {
  /** Name of a context store; '' = the default one. */
  readonly store?: string
}

interface ThresholdMessage extends Message {
  control?: unknown
  key?: unknown
  anomaly?: object
}

/** Outputs: 1 ok and warning, 2 alarm, 3 undecided. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('threshold', function (this: Node, config: ThresholdConfig) {
    RED.nodes.createNode(this, config)
    const handler = whenConfigured(this, () => decideEach(RED, this, config))
    onInput(this, handler)
  })
}

const decideEach = (RED: NodeAPI, node: Node, config: ThresholdConfig): InputHandler => {
  requireVersion(config, 1)
  const keyProperty = readTyped(config, 'key', ['msg', 'str'], 'topic')
  const show = statusOf(node)
  const threshold = openThreshold(readSettings(config), contextStore(node, config.store || undefined), {
    notice: ({ level, text }) => (level === 'warn' ? node.warn(text) : node.log(text)),
    error: (thrown) => node.error(thrown),
  })
  // Node-RED clears the context of a removed node: nothing is to be written there any more.
  onClose(node, async (removed) => (removed ? threshold.discard() : threshold.close()))

  return async (msg: ThresholdMessage) => {
    if (msg.control !== undefined) {
      await threshold.obey(msg)
      show({ fill: 'blue', shape: 'ring', text: String(msg.control) })
      return null
    }
    const verdict = await threshold.decide(() => readText(RED, node, keyProperty, msg, ''), msg.anomaly)
    show(dotOf(verdict))
    msg.anomaly = { ...msg.anomaly, verdict }
    if (verdict.isAnomalous === null) return [null, null, msg]
    return verdict.isAnomalous ? [null, msg, null] : [msg, null, null]
  }
}

/** The node's own context, one entry, through callbacks, as asynchronous stores need it. */
const contextStore = (node: Node, name: string | undefined): Store => ({
  read: () =>
    new Promise((resolve, reject) => {
      const settle = (error: Error | null | undefined, kept: unknown): void =>
        error ? reject(storeError(name, 'read', error)) : resolve(kept)
      node.context().get(ENTRY, name, settle)
    }),
  write: (state) =>
    new Promise((resolve, reject) => {
      const settle = (error: Error | null | undefined): void =>
        error ? reject(storeError(name, 'written', error)) : resolve()
      node.context().set(ENTRY, state, name, settle)
    }),
})

const ENTRY = 'threshold'

const storeError = (name: string | undefined, verb: string, cause: Error): Error =>
  codedError(
    'THRESHOLD_STORE',
    `the context store "${name ?? 'default'}" could not be ${verb}: ${messageOf(cause)}. Check contextStorage in settings.js.`,
    { cause },
  )
