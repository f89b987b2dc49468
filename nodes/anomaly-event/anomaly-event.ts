import { eventOf, readEventSettings } from '../../inspection/event/index.ts'
import { dotOf } from '../../inspection/threshold/index.ts'
import type { Anomaly, EncodedMask } from '../../inspection/types.ts'
import {
  type InputHandler,
  inOrder,
  type Message,
  type Node,
  type NodeAPI,
  onInput,
  readText,
  readTyped,
  requireVersion,
  statusOf,
  whenConfigured,
} from '../wiring/index.ts'
import type { BrokerCredentials } from './broker.ts'
import { type Publishing, startPublishing } from './publishing.ts'
import type { AnomalyEventConfig } from './saved.ts'
import { readPublishSettings } from './settings.ts'

interface AnomalyMessage extends Message {
  anomaly?: Anomaly
  mask?: EncodedMask
  contentType?: string
  /** MQTT 5. */
  correlationData?: unknown
}

/** Output: the event in msg.payload, ready for the core `mqtt out`; or published from here, and then it goes on as well. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType(
    'anomaly-event',
    function (this: Node<BrokerCredentials>, config: AnomalyEventConfig) {
      RED.nodes.createNode(this, config)
      const handler = whenConfigured(this, () => eventEach(RED, this, config))
      onInput(this, handler)
    },
    { credentials: { user: { type: 'text' }, password: { type: 'password' } } },
  )
}

const eventEach = (RED: NodeAPI, node: Node<BrokerCredentials>, config: AnomalyEventConfig): InputHandler => {
  requireVersion(config, 1)
  const settings = readEventSettings(config, `/anomalyclip/${encodeURIComponent(node.name || node.id)}`)
  const reference = readTyped(config, 'imageReference', ['msg', 'str'], '')
  const publish = readPublishSettings(RED, node, config)
  const publishing: Publishing | null = publish && startPublishing(RED, node, publish)
  const show = publishing ? () => {} : statusOf(node)

  const handler = async (msg: AnomalyMessage) => {
    const imageReference = await readText(RED, node, reference, msg, '')
    const event = eventOf({ anomaly: msg.anomaly, mask: msg.mask, imageReference }, settings)
    const { verdict, score, calibration } = event.data
    await publishing?.accept(event, msg.correlationData)
    show(dotOf({ level: verdict.level, score: score ?? Number.NaN, calibration }))
    msg.payload = event
    // MQTT 5: the property by which a subscriber knows a structured CloudEvent (CloudEvents MQTT binding §3.2).
    msg.contentType = 'application/cloudevents+json'
    if (config.topic) msg.topic = config.topic
    return msg
  }
  return publishing ? inOrder(handler) : handler
}
