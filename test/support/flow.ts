/** A node as flows.json has it. */
export interface FlowNode {
  readonly id: string
  readonly type: string
  readonly [property: string]: unknown
}

const node = (id: string, type: string, properties: object): FlowNode => ({ id, type, ...properties })

const BROKER = 'broker'

/** Published once the flow's subscriptions are made: from then on no image is lost. */
export const BORN = 'born'

/** The MQTT broker that every line of a flow uses. */
export const brokerNode = (port: number): FlowNode =>
  node(BROKER, 'mqtt-broker', {
    broker: '127.0.0.1',
    port: String(port),
    autoConnect: true,
    protocolVersion: '5',
    keepalive: '60',
    cleansession: true,
    autoUnsubscribe: true,
    birthTopic: BORN,
    birthQos: '1',
    birthRetain: 'false',
    birthPayload: '"mqtt"',
  })

/** The embedded model unless the properties say otherwise. Node-RED takes a property that equals an id for a reference. */
export const modelNode = (id: string, properties: object = {}): FlowNode =>
  node(id, 'anomalyclip-model', { version: 1, name: '', model: 'nano', ...properties })

export interface LineOptions {
  readonly name: string
  /** Id of a model node. */
  readonly model: string
  /** What the nodes of the line are to have other than here. */
  readonly infer?: object
  readonly threshold?: object
  readonly mask?: object
  readonly event?: object
}

/**
 * An inspection line on a tab of its own, from an image published to an event received:
 *
 *     NAME/image/CAMERA (bytes), NAME/json/CAMERA → infer → threshold → mask-encode → anomaly-event → NAME/events
 *
 * What `catch` gets goes to NAME/errors, what `status` gets of the infer node to NAME/status, and the message behind
 * anomaly-event, as far as it is not the event, to NAME/passed. NAME/control reaches the threshold as `msg.control`.
 */
export const line = ({ name, model, ...changes }: LineOptions): FlowNode[] => {
  const id = (part: string): string => `${name}-${part}`
  const on = (part: string, type: string, next: readonly string[][], properties: object): FlowNode =>
    // What has no place on the canvas is a configuration node to Node-RED.
    node(id(part), type, { z: name, x: 0, y: 0, wires: next.map((parts) => parts.map(id)), ...properties })
  const mqttIn = (part: string, topic: string, datatype: string, next: string): FlowNode =>
    on(part, 'mqtt in', [[next]], { topic, qos: '1', datatype, broker: BROKER, inputs: 0 })
  const run = (part: string, func: string, next: string): FlowNode =>
    on(part, 'function', [[next]], { func: `${func}; return msg`, outputs: 1, libs: [] })
  const send = (part: string, topic: string, func: string): FlowNode =>
    run(part, `${func}; msg.topic = '${name}/${topic}'`, 'out')
  return [
    node(name, 'tab', { label: name, disabled: false, info: '' }),
    mqttIn('images', `${name}/image/+`, 'buffer', 'mark'),
    mqttIn('json', `${name}/json/+`, 'json', 'mark'),
    // Properties that are not ours, to be found again at the other end.
    run('mark', 'msg.lot = { number: 7, first: msg._msgid }', 'infer'),
    on('infer', 'anomalyclip-infer', [['threshold']], {
      version: 1,
      name: '',
      model,
      image: 'payload',
      imageType: 'msg',
      source: 'topic',
      sourceType: 'msg',
      capturedAt: 'capturedAt',
      capturedAtType: 'msg',
      ...changes.infer,
    }),
    mqttIn('control', `${name}/control`, 'utf8', 'as-control'),
    run('as-control', 'msg = { control: msg.payload }', 'threshold'),
    on('threshold', 'threshold', [['mask'], ['mask'], ['mask']], {
      version: 1,
      mode: 'fixed',
      score: '0.9',
      key: 'topic',
      keyType: 'msg',
      settings: [],
      ...changes.threshold,
    }),
    on('mask', 'mask-encode', [['event']], {
      version: 1,
      encoding: 'boxes',
      pixel: '0.1',
      minArea: '0.1',
      image: 'payload',
      imageType: 'msg',
      ...changes.mask,
    }),
    on('event', 'anomaly-event', [['out', 'rest']], {
      version: 1,
      source: `/test/${name}`,
      topic: `${name}/events`,
      includeRegions: true,
      ...changes.event,
    }),
    send(
      'rest',
      'passed',
      'const { lot, _msgid, qos, retain } = msg; msg.payload = { lot, _msgid, qos, retain }',
    ),
    on('catch', 'catch', [['error']], { scope: null, uncaught: false }),
    send(
      'error',
      'errors',
      'const { stack, ...error } = msg.error; msg.payload = { ...error, image: msg.topic }',
    ),
    on('status', 'status', [['dot']], { scope: [id('infer')] }),
    send('dot', 'status', 'msg.payload = msg.status'),
    on('out', 'mqtt out', [], { topic: '', qos: '1', retain: 'false', broker: BROKER }),
  ]
}
