import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync, type IPublishPacket, type MqttClient } from 'mqtt'
import { line, modelNode } from '../support/flow.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type Plant, startPlant } from '../support/plant.ts'
import { sample } from '../support/samples.ts'
import {
  type Channel,
  checkOf,
  document,
  type MessageObject,
  patternOf,
  type Ref,
  resolve,
} from './asyncapi.ts'

const { channels, operations } = document

/** Every reference of the document, wherever it stands. */
const refsIn = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : refsIn(inner)))

describe('docs/asyncapi.json', () => {
  it('is AsyncAPI 3.0 with what it requires', () => {
    assert.equal(document.asyncapi, '3.0.0')
    assert.ok(document.info.title && document.info.version)
  })

  it('points to nothing that is not there', () => {
    for (const $ref of refsIn(document)) assert.ok(resolve({ $ref }), $ref)
  })

  it('names as parameters of each channel exactly the placeholders of its address', () => {
    for (const { address, parameters } of Object.values(channels))
      assert.deepEqual(
        [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        Object.keys(parameters),
      )
  })

  it('sends every message of every channel in an operation, and none of another channel', () => {
    const sent = Object.values(operations).flatMap(({ action, channel, messages }) => {
      assert.equal(action, 'send')
      for (const { $ref } of messages) assert.ok($ref.startsWith(`${channel.$ref}/messages/`), $ref)
      return messages.map(({ $ref }) => $ref)
    })
    const all = Object.entries(channels).flatMap(([name, { messages }]) =>
      Object.keys(messages).map((message) => `#/channels/${name}/messages/${message}`),
    )
    assert.deepEqual(sent.sort(), all.sort())
  })

  it('tells the default topics of the node', async () => {
    const { DEFAULT_EVENT_TOPIC, DEFAULT_STATUS_TOPIC } = await import('../../connect/mqtt/topics.ts')
    assert.deepEqual(
      Object.values(channels).map(({ address }) => address),
      [DEFAULT_EVENT_TOPIC, DEFAULT_STATUS_TOPIC],
    )
  })
})

const PLANT = { enterprise: 'acme', site: 'ulm', area: 'paint', line: '3', cell: 'c 1' }

describe('what a flow publishes is what docs/asyncapi.json says', function () {
  this.timeout(90_000)
  let plant: Plant
  let client: MqttClient
  const arrived: IPublishPacket[] = []

  /** Mocha's time limit ends what waits in vain. */
  const until = async (isEnough: () => boolean): Promise<void> => {
    while (!isEnough()) await sleep(20)
  }
  const below = (part: string) => arrived.filter(({ topic }) => topic.startsWith(`acme/${part}/`))

  before(async function () {
    needMosquitto(this)
    // The broker's port is known only once it runs; the nodes publish with the settings of the flow's broker node.
    const event = { publish: 'broker', broker: 'broker', topic: '', ...PLANT, inlineImage: 'all' }
    const status = '{enterprise}/{site}/{area}/{line}/{cell}/anomaly/status/{node}'
    plant = await startPlant({
      lines: [
        modelNode('model'),
        ...line({ name: 'structured', model: 'model', event: { ...event, statusTopic: status } }),
        ...line({
          name: 'binary',
          model: 'model',
          mask: { encoding: 'png' },
          event: { ...event, mode: 'binary', site: 'bonn', name: 'events', statusTopic: status },
        }),
      ],
    })
    client = await connectAsync(plant.brokerUrl, { protocolVersion: 5 })
    client.on('message', (_topic, _payload, packet) => arrived.push(packet))
    await client.subscribeAsync('acme/#', { qos: 1 })
    for (const name of ['structured', 'binary'])
      for (const file of ['nut-good.png', 'wood-bad-thread.png'])
        await plant.publish(`${name}/image/7`, sample(file))
    await until(() => below('ulm').length >= 3 && below('bonn').length >= 3)
    // Without a word: what comes now is the last will.
    process.kill(plant.process.pid!, 'SIGKILL')
    await until(() => arrived.filter(({ payload }) => String(payload).includes('"offline"')).length === 2)
  })
  after(async () => {
    await client?.endAsync(true)
    await plant?.close()
  })

  /** The channel and the message of it that a packet is, as `events/binary`. */
  const kindOf = ({ topic, properties }: IPublishPacket): [string, MessageObject, Channel] => {
    for (const [name, channel] of Object.entries(channels))
      if (patternOf(channel.address).test(topic))
        for (const [kind, ref] of Object.entries(channel.messages)) {
          const message = resolve<MessageObject>(ref)
          if (message.contentType === properties?.contentType) return [`${name}/${kind}`, message, channel]
        }
    return assert.fail(`${topic} with ${properties?.contentType} is in no channel`)
  }

  it('each message has the topic, content type, user properties, correlation data and payload of its kind', () => {
    for (const packet of arrived) {
      const [kind, { headers, payload, bindings, correlationId }] = kindOf(packet)
      const body: unknown = JSON.parse(String(packet.payload))
      const said = `${kind}: ${String(packet.payload).slice(0, 300)}`
      assert.equal(checkOf(payload.schema)(body), '', said)
      const userProperties = { ...packet.properties?.userProperties }
      assert.equal(checkOf(headers ?? { type: 'object', maxProperties: 0 })(userProperties), '', said)
      const { correlationData, contentType } = packet.properties ?? {}
      assert.equal(contentType, bindings.mqtt.contentType)
      assert.equal(correlationData !== undefined, bindings.mqtt.correlationData !== undefined, said)
      if (correlationId === undefined) continue
      const { location } = resolve<{ location: string }>(correlationId as Ref)
      const [, where, field = ''] = /^\$message\.(payload|header)#\/(\w+)$/.exec(location) ?? []
      const holder = where === 'payload' ? body : userProperties
      assert.equal(String(correlationData), Reflect.get(Object(holder), field), said)
    }
  })

  it('every message of every channel has been seen', () => {
    const seen = new Set(arrived.map((packet) => kindOf(packet)[0]))
    const all = Object.entries(channels).flatMap(([name, { messages }]) =>
      Object.keys(messages).map((kind) => `${name}/${kind}`),
    )
    assert.deepEqual([...seen].sort(), all.sort())
  })

  it('the status was online, and the broker has set it to offline, retained', async () => {
    const states = (topic: string) =>
      arrived.filter((one) => one.topic === topic).map(({ payload }) => JSON.parse(String(payload)).state)
    const topics = [
      'acme/ulm/paint/3/c 1/anomaly/status/structured-event',
      'acme/bonn/paint/3/c 1/anomaly/status/events',
    ]
    for (const topic of topics) {
      assert.equal(states(topic)[0], 'online')
      assert.equal(states(topic).at(-1), 'offline')
    }
    const late = await connectAsync(plant.brokerUrl, { protocolVersion: 5 })
    const retained: string[] = []
    late.on('message', (topic, _payload, { retain }) => retain && retained.push(topic))
    await late.subscribeAsync('acme/#', { qos: 1 })
    await until(() => retained.length === 2)
    assert.deepEqual(retained.sort(), topics.sort())
    await late.endAsync(true)
  })
})
