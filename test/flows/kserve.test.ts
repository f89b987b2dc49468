import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { nanoModelDir } from '../../models/nano/location.ts'
import { root } from '../../tools/tree.ts'
import { type FlowNode, line, modelNode } from '../support/flow.ts'
import { openInbox } from '../support/inbox.ts'
import { type KserveServer, startKserveServer } from '../support/kserve/server.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type LineInboxes, type Plant, startPlant } from '../support/plant.ts'
import { sample } from '../support/samples.ts'

/** Where the example's result goes, in place of the debug sidebar. */
const RESULTS = 'seen/results'

/** A node of the example as it is imported, but for the server's address and a result that the test can see. */
const forTheTest = (node: FlowNode, serverUrl: string): FlowNode[] => {
  if (node.type === 'anomalyclip-model') return [{ ...node, serverUrl }]
  if (node.name !== 'result') return [node]
  const { id, z } = node
  const out = { id: `${id}-out`, type: 'mqtt out', topic: RESULTS, qos: '1', broker: 'broker', wires: [] }
  const func = 'return { payload: { score: msg.anomaly.score, device: msg.anomaly.model.device } }'
  return [
    { ...{ id, z, x: 0, y: 0 }, type: 'function', func, outputs: 1, libs: [], wires: [[out.id]] },
    { ...out, z, x: 0, y: 0 },
  ]
}

const TOKEN = 'a-token-that-nobody-else-knows'

describe('a flow whose model runs on a server', function () {
  this.timeout(120_000)
  let server: KserveServer
  let plant: Plant
  let inboxes: LineInboxes
  const lines = (credentials?: object) => [
    modelNode('model', {
      device: 'kserve',
      serverUrl: server.url,
      serverModel: 'parts',
      ...(credentials && { credentials }),
    }),
    ...line({ name: 'line', model: 'model' }),
  ]

  before(async function () {
    needMosquitto(this)
    server = await startKserveServer({ folder: nanoModelDir(), model: 'parts', token: TOKEN })
    plant = await startPlant({ lines: lines() })
    inboxes = await plant.listen('line')
  })
  after(async () => {
    await plant?.close()
    await server?.stop()
  })

  it('gives catch and status the reason while the server lets nobody in', async () => {
    await inboxes.status.until((all) => all.some(({ text }) => text === 'ENGINE_SERVER_AUTH'))
    await plant.publish('line/image/a', sample('nut-good.png'))
    const [error] = await inboxes.errors.until((all) => all.length === 1)
    assert.equal(error?.code, 'ENGINE_SERVER_AUTH')
  })

  it('goes on with the token, which is in no file in the clear and in no log', async () => {
    await plant.deploy(lines({ serverToken: TOKEN }), 'full')
    await plant.publish('line/image/b', sample('nut-good.png'))
    const [event] = await inboxes.events.until((all) => all.length === 1)
    assert.equal(event?.data.model.device, `kserve ${server.url}`)
    for (const file of ['flows.json', 'flows_cred.json']) {
      const text = await readFile(join(plant.userDir, file), 'utf8')
      assert.ok(text.length > 2 && !text.includes(TOKEN))
    }
    assert.ok(!plant.log.some((text) => text.includes(TOKEN)))
  })

  it('fails every image at once while the server is away, and goes on by itself when it is back', async () => {
    const { errors, events, status } = inboxes
    const before = errors.bodies.length
    await server.stop()
    await plant.publish('line/image/c', sample('nut-good.png'))
    await plant.publish('line/image/d', sample('nut-good.png'))
    await errors.until((all) => all.length === before + 2)
    assert.deepEqual(
      errors.bodies.slice(before).map(({ code, image }) => [code, image]),
      ['c', 'd'].map((name) => ['ENGINE_SERVER_AWAY', `line/image/${name}`]),
    )
    await status.until((all) => all.at(-1)?.text === 'ENGINE_SERVER_AWAY')
    await server.restart()
    await status.until((all) => all.at(-1)?.fill === 'green')
    await plant.publish('line/image/e', sample('nut-good.png'))
    await events.until((all) => all.some(({ subject }) => subject === 'line/image/e'))
    assert.ok(plant.log.some((text) => text.includes(`kserve ${server.url} can be used again`)))
  })
})

describe('the example kserve', function () {
  this.timeout(120_000)
  let server: KserveServer
  let plant: Plant
  let client: MqttClient
  let example: FlowNode[]

  before(async function () {
    needMosquitto(this)
    server = await startKserveServer({ folder: nanoModelDir(), model: 'nano' })
    example = JSON.parse(await readFile(join(root, 'examples/kserve.json'), 'utf8'))
    plant = await startPlant({ lines: example.flatMap((node) => forTheTest(node, server.url)) })
    client = await connectAsync(plant.brokerUrl)
  })
  after(async () => {
    await client?.endAsync(true)
    await plant?.close()
    await server?.stop()
  })

  it('tells the scratched part from the good one, with the model on the server', async () => {
    const results = await openInbox<{ score: number; device: string }>(client, RESULTS)
    const press = async (name: string): Promise<void> => {
      const { id } = example.find((node) => node.name === name)!
      const before = results.bodies.length
      assert.equal((await fetch(`${plant.url}/inject/${id}`, { method: 'POST' })).status, 200)
      await results.until((all) => all.length > before)
    }
    await press('good part')
    await press('scratched part')
    const [good, scratched] = results.bodies
    assert.ok(scratched!.score > good!.score + 0.3, `${good!.score}, ${scratched!.score}`)
    assert.equal(scratched!.device, `kserve ${server.url}`)
  })
})
