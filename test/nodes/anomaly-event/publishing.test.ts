import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { sharedStore } from '../../../connect/store/index.ts'
import { freePort } from '../../../demo/node-red.ts'
import register from '../../../nodes/anomaly-event/anomaly-event.ts'
import type { Message } from '../../../nodes/wiring/index.ts'
import { ANOMALY } from '../../support/anomaly.ts'
import { needMosquitto, startMosquitto } from '../../support/mosquitto.ts'
import { closeNode, deliver, type FakeNode, fakeRuntime } from '../fakes.ts'

let last = 0
const message = (more: object = {}): Message =>
  ({
    _msgid: 'm',
    topic: 'camera/1',
    payload: 'jpeg',
    anomaly: { ...ANOMALY, id: `inspection-${++last}`, source: 'camera/1', ...more },
  }) as object as Message

describe('anomaly-event, publishing by itself', function () {
  this.timeout(120_000)
  let userDir: string
  let nobody: string
  const nodes: FakeNode[] = []

  beforeEach(async () => {
    userDir = await mkdtemp(join(tmpdir(), 'publishing-'))
    nobody = `mqtt://127.0.0.1:${await freePort()}`
  })
  afterEach(async () => {
    for (const node of nodes.splice(0)) await closeNode(node)
    await rm(userDir, { recursive: true, force: true })
  })

  const setUp = (config: object): FakeNode => {
    const runtime = fakeRuntime({ userDir })
    register(runtime.RED)
    const node = runtime.make('anomaly-event', { id: 'e1', version: 1, publish: 'own', ...config })
    nodes.push(node)
    return node
  }
  const close = async (node: FakeNode, removed: boolean): Promise<void> => {
    nodes.splice(nodes.indexOf(node), 1)
    await closeNode(node, removed)
  }
  const waiting = async (): Promise<number> => {
    const store = await sharedStore(join(userDir, 'anomalyclip', 'store.sqlite'))
    const [stream] = await store.streams()
    await store.close()
    return stream?.waiting ?? 0
  }

  it('sends the event on once it is on the disk, whether or not there is a broker, in the order of the messages', async () => {
    const node = setUp({ brokerUrl: nobody })
    const deliveries = await Promise.all([1, 2, 3].map(() => deliver(node, message())))
    const first = last - 2
    assert.deepEqual(
      deliveries.map(({ sent }) => (sent[0] as { payload: { id: string } }).payload.id),
      [first, first + 1, first + 2].map((number) => `inspection-${number}`),
    )
    await close(node, false)
    assert.equal(await waiting(), 3)
    assert.deepEqual(node.warnings, [])
  })

  it('gives a message that is not accepted to catch, as it came', async () => {
    const small = setUp({ brokerUrl: nobody, outboxMegabytes: '1', eventTopic: 'a/{camera}' })
    for (const [more, code] of [
      [{ source: 'camera/+' }, 'MQTT_TOPIC'],
      [
        { model: { name: 'x'.repeat(1_100_000), method: 'm', version: 'v', device: 'cpu' } },
        'STORE_TOO_LARGE',
      ],
    ] as const) {
      const given = message(more)
      const before = { ...given }
      const { sent, error } = await deliver(small, given)
      assert.deepEqual(sent, [])
      assert.equal(Reflect.get(error!, 'code'), code)
      assert.deepEqual(given, before)
    }
    assert.equal((await deliver(small, message())).error, undefined)
  })

  it('says what is left when it is removed from the flow', async () => {
    const node = setUp({ brokerUrl: nobody })
    await deliver(node, message())
    await close(node, true)
    assert.equal(node.warnings.length, 1)
    assert.match(String(node.warnings[0]), /: 1;.* id e1 /)
    assert.equal(await waiting(), 1)
  })

  it('sends what waits before it is removed, where there is a broker', async function () {
    needMosquitto(this)
    const broker = await startMosquitto()
    const node = setUp({ brokerUrl: `mqtt://127.0.0.1:${broker.port}` })
    for (let i = 0; i < 50; i++) await deliver(node, message())
    await close(node, true)
    await broker.stop()
    assert.deepEqual(node.warnings, [])
    assert.equal(await waiting(), 0)
  })

  it('loses nothing and sends nothing twice unmarked when it is deployed anew under load', async function () {
    needMosquitto(this)
    const broker = await startMosquitto()
    const brokerUrl = `mqtt://127.0.0.1:${broker.port}`
    const client = await connectAsync(brokerUrl)
    const arrived: { id: string; redelivery?: number }[] = []
    client.on('message', (_topic, payload) => arrived.push(JSON.parse(String(payload))))
    await client.subscribeAsync('#', { qos: 1 })
    const promised: string[] = []
    const load = async (node: FakeNode, times: number): Promise<void> => {
      await Promise.all(
        Array.from({ length: times }, async () => {
          const { sent } = await deliver(node, message())
          for (const one of sent) promised.push((one as { payload: { id: string } }).payload.id)
        }),
      )
    }
    for (let deploys = 0; deploys < 3; deploys++) {
      const node = setUp({ brokerUrl })
      await load(node, 30)
      // A message that the close overtakes is never answered.
      void load(node, 30)
      await close(node, false)
    }
    await load(setUp({ brokerUrl }), 10)
    const missing = () => promised.filter((id) => !arrived.some((one) => one.id === id))
    while (missing().length > 0 || (await waiting()) > 0) await sleep(50)
    await client.endAsync()
    await broker.stop()
    assert.ok(promised.length >= 100)
    const seen = new Set<string>()
    for (const { id, redelivery } of arrived) {
      assert.ok(!seen.has(id) || redelivery !== undefined, `${id} came twice`)
      seen.add(id)
    }
  })

  it('tells catch of an event that had been accepted and that the broker does not take, with its id', async function () {
    needMosquitto(this)
    const port = await freePort()
    const node = setUp({ brokerUrl: `mqtt://127.0.0.1:${port}` })
    const { sent } = await deliver(node, message({ source: 'x'.repeat(3_000) }))
    assert.equal(sent.length, 1)
    // Only now it is known that the broker takes 2,000 bytes.
    const broker = await startMosquitto({ port, lines: ['max_packet_size 2000'] })
    while (node.errors.length === 0) await sleep(20)
    await close(node, false)
    await broker.stop()
    const { error, msg } = node.errors[0]!
    assert.equal(Reflect.get(error as Error, 'code'), 'MQTT_TOO_LARGE')
    assert.match((error as Error).message, new RegExp(`^MQTT_TOO_LARGE: the event inspection-${last} `))
    assert.deepEqual(msg, { payload: { id: `inspection-${last}` } })
    assert.equal(await waiting(), 0)
  })

  it('shows red and answers with the code while the store is in use by another process, or damaged', async () => {
    await mkdir(join(userDir, 'anomalyclip'))
    await writeFile(
      join(userDir, 'anomalyclip', 'store.sqlite'),
      'not a database, and long enough to be looked at',
    )
    const node = setUp({ brokerUrl: nobody })
    const { sent, error } = await deliver(node, message())
    assert.deepEqual(sent, [])
    assert.equal(Reflect.get(error!, 'code'), 'STORE_DAMAGED')
    assert.deepEqual(node.statuses.at(-1), { fill: 'red', shape: 'ring', text: 'STORE_DAMAGED' })
    assert.equal(node.errors.length, 1)
  })
})
