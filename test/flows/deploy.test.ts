import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FlowNode, line, modelNode } from '../support/flow.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type LineInboxes, type Plant, startPlant } from '../support/plant.ts'
import { isAlive } from '../support/processes.ts'
import { largeImage, sample } from '../support/samples.ts'

const IMAGES = 20
/** What is promised for a redeploy and for the end of Node-RED, whatever runs. */
const LIMIT_MS = 5000

const within = async (what: string, work: Promise<unknown>): Promise<void> => {
  const late = new AbortController()
  const refusal = sleep(LIMIT_MS, undefined, { signal: late.signal }).then(() =>
    assert.fail(`${what} took longer than ${LIMIT_MS} ms`),
  )
  refusal.catch(() => {})
  try {
    await Promise.race([work, refusal])
  } finally {
    late.abort()
  }
}

describe('a deploy and the end of Node-RED, while images are inspected', function () {
  this.timeout(120_000)
  let plant: Plant
  let inboxes: LineInboxes
  let image: Buffer

  const flow = (event: object = {}): FlowNode[] => [
    modelNode('model', { queueImages: '100' }),
    ...line({ name: 'line', model: 'model', event }),
  ]

  beforeEach(async function () {
    needMosquitto(this)
    image = await largeImage()
    plant = await startPlant({ lines: flow() })
    inboxes = await plant.listen('line')
  })
  afterEach(() => plant?.close())

  /** Publishes more than is done at once and returns when the first events are there. */
  const atWork = async (): Promise<number> => {
    await Promise.all(Array.from({ length: IMAGES }, () => plant.publish('line/image/1', image)))
    await inboxes.events.until((all) => all.length > 0)
    const [pid, ...others] = plant.inferenceProcesses()
    assert.deepEqual(others, [])
    assert.ok(inboxes.events.bodies.length < IMAGES, 'all was done already')
    return pid!
  }

  it('a full deploy ends what runs and begins anew', async () => {
    const pid = await atWork()
    await within('the deploy', plant.deploy(flow(), 'full'))
    assert.equal(isAlive(pid), false)
    const before = inboxes.events.bodies.length
    assert.ok(before < IMAGES, 'nothing was running any more')
    await plant.publish('line/image/after', sample('nut-good.png'))
    const events = await inboxes.events.until((all) => all.length > before)
    assert.equal(events.at(-1)?.subject, 'line/image/after')
    assert.equal(plant.inferenceProcesses().length, 1)
    assert.deepEqual(inboxes.errors.bodies, [])
  })

  it('a deploy of another node lets the model work on: no image is lost', async () => {
    const pid = await atWork()
    await within('the deploy', plant.deploy(flow({ source: '/changed' }), 'nodes'))
    const events = await inboxes.events.until((all) => all.length >= IMAGES)
    assert.equal(events.length, IMAGES)
    assert.equal(events[0]!.source, '/test/line')
    assert.equal(events.at(-1)!.source, '/changed')
    assert.deepEqual(plant.inferenceProcesses(), [pid])
  })

  it('Node-RED stops when asked, and no inference process is left over', async () => {
    const pid = await atWork()
    await within('the end', plant.stopNodeRed())
    // It ended by itself; nobody had to kill it.
    assert.equal(plant.process.signalCode, null)
    assert.equal(plant.process.exitCode, 0)
    assert.equal(isAlive(pid), false)
    assert.ok(inboxes.events.bodies.length < IMAGES, 'nothing was running any more')
    assert.ok(!plant.log.some((text) => /closing took longer|Error stopping node/i.test(text)))
  })
})
