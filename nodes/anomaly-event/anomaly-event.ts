import { eventOf, readEventSettings } from '../../inspection/event/index.ts'
import { dotOf } from '../../inspection/threshold/index.ts'
import type { Anomaly, EncodedMask } from '../../inspection/types.ts'
import {
  type InputHandler,
  type Message,
  type Node,
  type NodeAPI,
  type NodeDef,
  onInput,
  readText,
  readTyped,
  requireVersion,
  statusOf,
  whenConfigured,
} from '../wiring/index.ts'

interface AnomalyEventConfig extends NodeDef {
  /** '' = the message's topic stays. */
  readonly topic?: string
}

interface AnomalyMessage extends Message {
  anomaly?: Anomaly
  mask?: EncodedMask
  contentType?: string
}

/** Output: the event in msg.payload, ready for the core `mqtt out`. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('anomaly-event', function (this: Node, config: AnomalyEventConfig) {
    RED.nodes.createNode(this, config)
    const handler = whenConfigured(this, () => eventEach(RED, this, config))
    onInput(this, handler)
  })
}

const eventEach = (RED: NodeAPI, node: Node, config: AnomalyEventConfig): InputHandler => {
  requireVersion(config, 1)
  const settings = readEventSettings(config, `/anomalyclip/${encodeURIComponent(node.name || node.id)}`)
  const reference = readTyped(config, 'imageReference', ['msg', 'str'], '')
  const show = statusOf(node)

  return async (msg: AnomalyMessage) => {
    const imageReference = await readText(RED, node, reference, msg, '')
    const event = eventOf({ anomaly: msg.anomaly, mask: msg.mask, imageReference }, settings)
    const { verdict, score, calibration } = event.data
    show(dotOf({ level: verdict.level, score: score ?? Number.NaN, calibration }))
    msg.payload = event
    // MQTT 5: the property by which a subscriber knows a structured CloudEvent (CloudEvents MQTT binding §3.2).
    msg.contentType = 'application/cloudevents+json'
    if (config.topic) msg.topic = config.topic
    return msg
  }
}
