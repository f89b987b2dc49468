import assert from 'node:assert/strict'
import type { AnomalyEventConfig } from '../../../nodes/anomaly-event/saved.ts'
import { readPublishSettings } from '../../../nodes/anomaly-event/settings.ts'
import { fakeRuntime } from '../fakes.ts'

const read = (
  config: object,
  { id = 'e1', nodes = {}, credentials = {}, userDir = '/data' }: Surroundings = {},
) => {
  const runtime = fakeRuntime({ userDir })
  for (const type of ['mqtt-broker', 'tls-config', 'anomaly-event'])
    runtime.RED.nodes.registerType(type, () => {})
  for (const [name, found] of Object.entries(nodes))
    Object.assign(runtime.make('tls-config', { id: name }), found)
  const node = runtime.make('anomaly-event', { id })
  Object.assign(node, { credentials })
  return readPublishSettings(runtime.RED, node as never, config as AnomalyEventConfig)
}
interface Surroundings {
  readonly id?: string
  readonly nodes?: Record<string, object>
  readonly credentials?: object
  readonly userDir?: string
}

const OWN = { publish: 'own', brokerUrl: 'mqtt://broker:1883' }
const CORE = {
  brokerurl: 'mqtts://broker:8883',
  clientid: '',
  options: {
    clientId: 'nodered123',
    username: 'u',
    password: 'p',
    keepalive: 30,
    protocolVersion: 5,
    ca: Buffer.from('ca'),
    rejectUnauthorized: true,
    ALPNProtocols: ['mqtt'],
  },
}
const refuses = (config: object, surroundings: Surroundings, code: string, message: RegExp) =>
  assert.throws(() => read(config, surroundings), { code, message })

describe('the publishing of a saved anomaly-event', () => {
  it('is off in flows that were saved before it was there, whatever else is in them', () => {
    for (const config of [
      {},
      { publish: 'off' },
      { publish: 'off', brokerUrl: 'nonsense', eventTopic: '#', qos: 9 },
    ])
      assert.equal(read(config), null)
  })

  it('has defaults for everything but the broker', () => {
    const settings = read(OWN) ?? assert.fail()
    const { clientId, ...broker } = settings.broker
    assert.match(clientId, /^anomalyclip-[0-9a-f]{12}$/)
    assert.deepEqual(broker, {
      url: 'mqtt://broker:1883',
      protocol: 'auto',
      keepaliveS: 60,
      connectTimeoutMs: 10_000,
      tls: { verifyServer: true },
      maxPacketBytes: 268_435_455,
    })
    assert.deepEqual(settings.delivery, { qos: 1, retain: false, mode: 'structured', expiryMs: null })
    assert.deepEqual(settings.limits, { maxBytes: 256_000_000, maxAgeMs: 168 * 3_600_000 })
    assert.equal(settings.statusTopic, null)
  })

  it('takes what is set', () => {
    const settings = read(
      {
        ...OWN,
        protocol: '3.1.1',
        keepaliveS: '10',
        maxPacketKilobytes: '128',
        qos: '2',
        retain: true,
        mode: 'binary',
        expiryS: '60',
        outboxMegabytes: '1',
        outboxHours: '2',
        site: 'ulm',
        statusTopic: '{site}/{node}',
      },
      { credentials: { user: 'u', password: 'p' } },
    )
    const { broker, delivery, limits, statusTopic } = settings ?? assert.fail()
    const { protocol, keepaliveS, maxPacketBytes, username, password } = broker
    assert.deepEqual(
      [protocol, keepaliveS, maxPacketBytes, username, password],
      ['3.1.1', 10, 131_072, 'u', 'p'],
    )
    assert.deepEqual(delivery, { qos: 2, retain: true, mode: 'binary', expiryMs: 60_000 })
    assert.deepEqual(limits, { maxBytes: 1_000_000, maxAgeMs: 7_200_000 })
    assert.equal(statusTopic, 'ulm/e1')
  })

  it('takes address, user, protocol and TLS of a core mqtt-broker node', () => {
    const { broker } = read({ publish: 'broker', broker: 'b' }, { nodes: { b: CORE } }) ?? assert.fail()
    const { clientId, ...rest } = broker
    assert.match(clientId, /^anomalyclip-[0-9a-f]{12}$/)
    assert.deepEqual(rest, {
      url: 'mqtts://broker:8883',
      username: 'u',
      password: 'p',
      protocol: '5',
      keepaliveS: 30,
      connectTimeoutMs: 10_000,
      tls: { ca: Buffer.from('ca'), alpn: 'mqtt', verifyServer: true },
      maxPacketBytes: 268_435_455,
    })
  })

  it('has a client id of its own beside that of the core node, the same after a restart and another on each box', () => {
    const idOf = (surroundings: Surroundings): string =>
      read(
        { publish: 'broker', broker: 'b' },
        { nodes: { b: { ...CORE, clientid: 'box' } }, ...surroundings },
      )!.broker.clientId
    assert.match(idOf({}), /^box-/)
    assert.equal(idOf({}), idOf({}))
    assert.notEqual(idOf({}), idOf({ id: 'e2' }))
    assert.notEqual(idOf({}), idOf({ userDir: '/other' }))
  })

  it('takes certificates of a core tls-config node, also PKCS #12', () => {
    const tls = {
      valid: true,
      addTLSOptions: () => ({
        pfx: Buffer.from('p12'),
        passphrase: 's',
        servername: 'n',
        rejectUnauthorized: false,
      }),
    }
    assert.deepEqual(read({ ...OWN, tls: 't' }, { nodes: { t: tls } })!.broker.tls, {
      pfx: Buffer.from('p12'),
      passphrase: 's',
      servername: 'n',
      verifyServer: false,
    })
    refuses({ ...OWN, tls: 't' }, { nodes: { t: { ...tls, valid: false } } }, 'NODE_CONFIG', /tls-config/)
    refuses({ ...OWN, tls: 'gone' }, {}, 'NODE_CONFIG', /"gone"/)
  })

  it('refuses a broker that is not there, and addresses that are none or hold a password', () => {
    refuses({ publish: 'broker', broker: '' }, {}, 'NODE_CONFIG', /no broker is chosen/)
    refuses({ publish: 'broker', broker: 'gone' }, {}, 'NODE_CONFIG', /"gone"/)
    for (const brokerUrl of ['', 'broker', 'http://broker', 'mqtt://', 'mqtt://user:secret@broker'])
      refuses({ ...OWN, brokerUrl }, {}, 'NODE_CONFIG', /brokerUrl/)
  })

  it('refuses topics and numbers that cannot be, at configuration', () => {
    refuses({ ...OWN, eventTopic: 'a/#' }, {}, 'MQTT_TOPIC', /wildcard/)
    refuses({ ...OWN, statusTopic: 'a/{camera}' }, {}, 'MQTT_TOPIC', /camera/)
    refuses({ ...OWN, site: 'a/b' }, {}, 'MQTT_TOPIC', /\{site\}|slash/)
    for (const [field, value] of Object.entries({
      qos: '3',
      expiryS: '0',
      outboxMegabytes: '0',
      outboxHours: 'long',
      maxPacketKilobytes: '0',
      keepaliveS: '-1',
      protocol: '4',
      mode: 'both',
      retain: 'yes',
    }))
      refuses({ ...OWN, [field]: value }, {}, 'NODE_CONFIG', new RegExp(field))
  })
})
