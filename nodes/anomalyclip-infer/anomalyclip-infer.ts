import { randomUUID } from 'node:crypto'
import { type Inference, imageFrom, readView } from '../../engine/index.ts'
import { isCodedError } from '../../errors/index.ts'
import type { Anomaly } from '../../inspection/types.ts'
import { engineOf } from '../anomalyclip-model/host.ts'
import {
  type InputHandler,
  type Message,
  type Node,
  type NodeAPI,
  type NodeDef,
  onClose,
  onInput,
  readChoice,
  readProperty,
  readText,
  readTyped,
  requireVersion,
  statusOf,
  userDirOf,
  whenConfigured,
} from '../wiring/index.ts'
import { capturedAt } from './captured-at.ts'
import { readClass } from './class-name.ts'
import { countSkipped } from './retained.ts'
import { dotFor } from './status.ts'
import { readViews } from './views.ts'

/** What the editor saves for `anomalyclip-infer`. */
interface InferConfig extends NodeDef {
  version: number
  /** Id of an `anomalyclip-model` node. */
  model: string
  image: string
  imageType: string
  source: string
  sourceType: string
  capturedAt: string
  capturedAtType: string
  /** What is on the image, for models that take class names; '' = the model's default. Missing in flows that were saved before it was there, as `retained` is. */
  class?: string
  classType?: string
  retained?: string
  /** How images are inspected that are not inspected whole, `views` of single sources; read in views.ts. Missing in older flows likewise. */
  tiles?: string
  overlap?: string
  tileScore?: string
  rotation?: string
  region?: string
  ignore?: string
  ignoreMask?: string
  views?: object[]
  /** Where a message has a view of its own; '' = nowhere. */
  view?: string
  viewType?: string
}

/** What `mqtt in` adds. */
interface MqttMessage extends Message {
  retain?: boolean
  anomaly?: Anomaly
}

/** Image in, score and anomaly map out as `msg.anomaly`; everything else in the message stays as it is. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('anomalyclip-infer', function (this: Node, config: InferConfig) {
    RED.nodes.createNode(this, config)
    onInput(
      this,
      whenConfigured(this, () => makeHandler(RED, this, config)),
    )
  })
}

const makeHandler = (RED: NodeAPI, node: Node, config: InferConfig): InputHandler => {
  requireVersion(config, 1)
  const properties = {
    image: readTyped(config, 'image', ['msg', 'flow', 'global'], 'payload'),
    source: readTyped(config, 'source', ['msg', 'str'], 'topic'),
    capturedAt: readTyped(config, 'capturedAt', ['msg'], 'capturedAt'),
    class: readTyped(config, 'class', ['str', 'msg', 'flow', 'global', 'env'], ''),
  }
  const ofMessage = readTyped(config, 'view', ['msg', 'flow', 'global'], '')
  const viewOf = readViews(config, userDirOf(RED))
  const retained = readChoice(config, 'retained', ['inspect', 'skip'], 'inspect')
  const engine = engineOf(RED, config.model)
  const show = statusOf(node)
  const unsubscribe = engine.onStatus((status) => show(dotFor(status)))
  show(dotFor(engine.status()))
  onClose(node, async () => unsubscribe())
  const skip = countSkipped(node)

  return async (msg: MqttMessage, { signal }) => {
    // Kept by the broker from before this flow subscribed (MQTT 5.0 §3.3.1.3): no image of now.
    const isRetained = msg.retain === true
    if (isRetained && retained === 'skip') {
      skip()
      return null
    }
    const arrived = new Date()
    const image = imageFrom(await readProperty(RED, node, properties.image, msg))
    const taken = capturedAt(await readProperty(RED, node, properties.capturedAt, msg), arrived)
    const source = await readText(RED, node, properties.source, msg, node.name || node.id)
    const isDefaultClass = properties.class.value === ''
    const className = isDefaultClass ? null : readClass(await readProperty(RED, node, properties.class, msg))
    const own = ofMessage.value === '' ? undefined : await readProperty(RED, node, ofMessage, msg)
    const view = own === undefined ? viewOf(source) : readView(own)
    try {
      const inference = await engine.infer({
        image,
        source,
        signal,
        ...(className === null ? {} : { className }),
        ...(view === null ? {} : { view }),
      })
      msg.anomaly = asAnomaly(inference, taken, source, isRetained)
      return msg
    } catch (thrown) {
      // Losing an image to a full queue is what the flow's author has chosen; the status counts it.
      if (isCodedError(thrown, 'ENGINE_DROPPED')) return null
      throw thrown
    }
  }
}

const asAnomaly = (
  inference: Inference,
  capturedAt: string,
  source: string,
  isRetained: boolean,
): Anomaly => {
  const { score, map, image, view, timing, device, model, className } = inference
  const { name, method, version } = model
  return {
    id: randomUUID(),
    score,
    map,
    image: isRetained ? { ...image, retained: true } : image,
    ...(view === undefined ? {} : { view }),
    model: { name, method, version, device, ...(className === null ? {} : { className }) },
    timing,
    capturedAt,
    source,
  }
}
