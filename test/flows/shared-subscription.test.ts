import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { type NodeRed, startNodeRed } from '../../demo/node-red.ts'
import type { AnomalyEvent } from '../../inspection/event/index.ts'
import { root } from '../../tools/tree.ts'
import { BORN, type FlowNode } from '../support/flow.ts'
import { openInbox } from '../support/inbox.ts'
import { type Mosquitto, needMosquitto, startMosquitto } from '../support/mosquitto.ts'
import { sample } from '../support/samples.ts'

const IMAGES = 40
const BOXES = ['/plant/box-1', '/plant/box-2']

/** The example as it is imported on a box: the broker's address, and the box's own source as its comment asks for. */
const exampleFor = async (source: string, port: number): Promise<FlowNode[]> => {
  const example = await readFile(join(root, 'examples/mqtt-shared-subscription.json'), 'utf8')
  return (JSON.parse(example) as FlowNode[]).map((node) => {
    if (node.type === 'anomaly-event') return { ...node, source }
    if (node.type !== 'mqtt-broker') return node
    // The birth tells the test that the subscription is made.
    const birth = { birthTopic: BORN, birthPayload: '"box"', birthQos: '1', birthRetain: 'false' }
    return { ...node, broker: '127.0.0.1', port: String(port), ...birth }
  })
}

describe('two boxes with the example mqtt-shared-subscription', function () {
  this.timeout(120_000)
  let folder: string
  let broker: Mosquitto
  let client: MqttClient
  const boxes: NodeRed[] = []
  const log: string[] = []

  before(async function () {
    needMosquitto(this)
    folder = await mkdtemp(join(tmpdir(), 'shared-'))
    broker = await startMosquitto()
    client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 5 })
    const births = await openInbox<string>(client, BORN)
    for (const [index, source] of BOXES.entries()) {
      const flow = join(folder, `flow-${index}.json`)
      await writeFile(flow, JSON.stringify(await exampleFor(source, broker.port)))
      const userDir = join(folder, `box-${index}`)
      boxes.push(await startNodeRed({ userDir, flow, onLog: (text) => log.push(text) }))
    }
    await births.until((all) => all.length === BOXES.length)
  })
  after(async () => {
    await client?.endAsync(true)
    for (const box of boxes) await box.stop()
    await broker?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  it(`make ${IMAGES} events of ${IMAGES} images, none twice, and both have worked`, async () => {
    const inbox = await openInbox<AnomalyEvent>(client, 'anomaly/left')
    // No more at once than both queues hold: what is measured here is the sharing.
    for (let sent = 1; sent <= IMAGES; sent++) {
      await client.publishAsync('camera/left', sample('nut-good.png'), { qos: 1 })
      await inbox.until((all) => all.length > sent - 8)
    }
    const events = await inbox.until((all) => all.length === IMAGES)
    assert.equal(new Set(events.map(({ id }) => id)).size, IMAGES)
    for (const box of BOXES)
      assert.ok(
        events.some(({ source }) => source === box),
        `${box} has done nothing`,
      )
    assert.deepEqual([...new Set(events.map(({ subject }) => subject))], ['camera/left'])
    assert.deepEqual(
      log.filter((text) => /\[(error|warn)\] \[(anomal|threshold|mask-encode|mqtt)/.test(text)),
      [],
    )
  })
})
