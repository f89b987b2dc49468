import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import type { AnomalyEvent } from '../../inspection/event/index.ts'
import { type Certificates, makeCertificates } from '../support/certificates.ts'
import { type FlowNode, line, modelNode } from '../support/flow.ts'
import { type Inbox, openInbox } from '../support/inbox.ts'
import { type Mosquitto, needMosquitto, startMosquitto } from '../support/mosquitto.ts'
import { type Plant, startPlant } from '../support/plant.ts'
import { sample } from '../support/samples.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const GOOD = 'nut-good.png'

/** What the lines have of anomaly-event's settings beyond its defaults; `${line}` is the camera too, so topics differ. */
const publishing = (line: string, broker: object): object => ({
  enterprise: 'acme',
  site: 'ulm',
  line,
  statusTopic: '{enterprise}/{line}/status',
  ...broker,
})

const tlsNode = ({ ca, client }: Certificates): FlowNode => ({
  id: 'tls',
  type: 'tls-config',
  name: '',
  certType: 'files',
  cert: client.cert,
  key: client.key,
  ca,
  servername: 'localhost',
  verifyservercert: true,
  alpnprotocol: '',
})

const coreBroker = (id: string, port: number): FlowNode => ({
  id,
  type: 'mqtt-broker',
  name: '',
  broker: '127.0.0.1',
  port: String(port),
  clientid: '',
  autoConnect: true,
  usetls: false,
  protocolVersion: '4',
  keepalive: '60',
  cleansession: true,
})

describe('anomaly-event publishes by itself', function () {
  this.timeout(90_000)
  let folder: string
  let plant: Plant
  /** Over TLS, for clients with a certificate; and one in clear, behind a network that can be cut. */
  let secure: Mosquitto
  let plain: Mosquitto
  let network: TcpProxy
  const clients: MqttClient[] = []

  before(async function () {
    needMosquitto(this)
    folder = await mkdtemp(join(tmpdir(), 'publish-'))
    const certificates = await makeCertificates(folder)
    secure = await startMosquitto({ tls: { ...certificates.server, ca: certificates.ca } })
    plain = await startMosquitto()
    network = await startTcpProxy(plain.port)
    const own = (name: string, settings: object) =>
      line({ name, model: 'model', event: publishing(name, { publish: 'own', ...settings }) })
    plant = await startPlant({
      lines: [
        modelNode('model'),
        tlsNode(certificates),
        coreBroker('core', network.port),
        ...own('own', { brokerUrl: `mqtts://127.0.0.1:${secure.port}`, tls: 'tls' }),
        ...own('wrong', { brokerUrl: `mqtts://127.0.0.1:${secure.port}`, tls: '' }),
        ...own('refusing', { brokerUrl: `mqtt://127.0.0.1:${network.port}`, eventTopic: 'a/{source}' }),
        ...line({
          name: 'core',
          model: 'model',
          event: publishing('core', { publish: 'broker', broker: 'core', mode: 'binary' }),
        }),
      ],
    })
    const client = async (url: string, options: object = {}) => {
      clients.push(await connectAsync(url, { protocolVersion: 5, ...options }))
      return clients.at(-1)!
    }
    const { ca, client: ours } = certificates
    atSecure = await client(`mqtts://127.0.0.1:${secure.port}`, {
      ca: await readFile(ca),
      cert: await readFile(ours.cert),
      key: await readFile(ours.key),
    })
    atPlain = await client(`mqtt://127.0.0.1:${plain.port}`)
  })
  let atSecure: MqttClient
  let atPlain: MqttClient

  after(async () => {
    for (const client of clients) await client.endAsync(true)
    await plant?.close()
    await network?.stop()
    await plain?.stop()
    await secure?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  const events = (client: MqttClient, topic: string): Promise<Inbox<AnomalyEvent>> => openInbox(client, topic)

  it('to a broker of its own, over TLS on both sides, and the event goes on at the output', async () => {
    const inbox = await events(atSecure, 'acme/ulm/own/anomaly/7')
    const { passed } = await plant.listen('own')
    await plant.publish('own/image/7', sample(GOOD))
    await inbox.until((all) => all.length > 0)
    await passed.until((all) => all.length > 0)
    const [letter] = inbox.letters
    assert.equal(letter!.contentType, 'application/cloudevents+json')
    assert.equal(letter!.body.subject, 'own/image/7')
    assert.equal(letter!.body.source, '/test/own')
  })

  it('with the settings of a core mqtt-broker node, which speaks 3.1.1, so that the event is structured', async () => {
    const inbox = await events(atPlain, 'acme/ulm/core/anomaly/1')
    await plant.publish('core/image/1', sample(GOOD))
    const [event] = await inbox.until((all) => all.length > 0)
    assert.equal(event!.specversion, '1.0')
    assert.equal(inbox.letters[0]!.contentType, undefined)
  })

  it('not without the certificate that the broker wants, and says why', async () => {
    const { passed, errors } = await plant.listen('wrong')
    await plant.publish('wrong/image/1', sample(GOOD))
    // It waits on the disk: somebody may put the certificate right.
    await passed.until((all) => all.length > 0)
    assert.deepEqual(errors.bodies, [])
    assert.ok(plant.log.some((text) => /\[warn\] \[anomaly-event:wrong-event\] MQTT_TLS: /.test(text)))
  })

  it('and gives a message whose topic cannot be made to catch, untouched', async () => {
    const { passed, errors } = await plant.listen('refusing')
    await plant.publish('refusing/image/1', sample(GOOD))
    const [caught] = await errors.until((all) => all.length > 0)
    assert.equal(caught!.code, 'MQTT_TOPIC')
    assert.equal(caught!.image, 'refusing/image/1')
    assert.deepEqual(passed.bodies, [])
  })

  it('what was accepted while the broker was away and Node-RED restarted, in order', async () => {
    const inbox = await events(atPlain, 'acme/ulm/core/anomaly/2')
    const { passed } = await plant.listen('core')
    network.set('refuse')
    network.cut()
    const accepted = async (count: number): Promise<void> => {
      const before = passed.bodies.length
      for (let i = 1; i <= count; i++) {
        await plant.publish('core/image/2', sample(GOOD))
        await passed.until((all) => all.length === before + i)
      }
    }
    await accepted(3)
    await plant.stopNodeRed()
    await plant.startNodeRed()
    await accepted(2)
    assert.deepEqual(inbox.bodies, [])
    network.set('forward')
    const all = await inbox.until((some) => some.length === 5)
    const times = all.map(({ time }) => time)
    assert.deepEqual(times, times.toSorted())
    assert.equal(new Set(all.map(({ id }) => id)).size, 5)
  })
})
