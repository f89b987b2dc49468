import { randomUUID } from 'node:crypto'
import { type Inference, imageFrom } from '../../engine/index.ts'
import { isCodedError } from '../../errors/index.ts'
import type { Anomaly } from '../../inspection/types.ts'
import { engineOf } from '../anomalyclip-model/host.ts'
import {
  type InputHandler,
  type Node,
  type NodeAPI,
  type NodeDef,
  onClose,
  onInput,
  readProperty,
  readText,
  readTyped,
  requireVersion,
  statusOf,
  whenConfigured,
} from '../wiring/index.ts'
import { capturedAt } from './captured-at.ts'
import { dotFor } from './status.ts'

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
  }
  const engine = engineOf(RED, config.model)
  const show = statusOf(node)
  const unsubscribe = engine.onStatus((status) => show(dotFor(status)))
  show(dotFor(engine.status()))
  onClose(node, async () => unsubscribe())

  return async (msg, { signal }) => {
    const arrived = new Date()
    const image = imageFrom(await readProperty(RED, node, properties.image, msg))
    const taken = capturedAt(await readProperty(RED, node, properties.capturedAt, msg), arrived)
    const source = await readText(RED, node, properties.source, msg, node.name || node.id)
    try {
      msg.anomaly = asAnomaly(await engine.infer({ image, signal }), taken, source)
      return msg
    } catch (thrown) {
      // Losing an image to a full queue is what the flow's author has chosen; the status counts it.
      if (isCodedError(thrown, 'ENGINE_DROPPED')) return null
      throw thrown
    }
  }
}

const asAnomaly = (inference: Inference, capturedAt: string, source: string): Anomaly => {
  const { score, map, image, timing, device, model } = inference
  const { name, method, version } = model
  return {
    id: randomUUID(),
    score,
    map,
    image,
    model: { name, method, version, device },
    timing,
    capturedAt,
    source,
  }
}
