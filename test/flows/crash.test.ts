import assert from 'node:assert/strict'
import { line, modelNode } from '../support/flow.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type LineInboxes, type Plant, startPlant } from '../support/plant.ts'
import { successorOf } from '../support/processes.ts'
import { largeImage } from '../support/samples.ts'

const IMAGES = 40

describe('an inference process that is killed at work', function () {
  this.timeout(120_000)
  let plant: Plant
  let inboxes: LineInboxes

  before(async function () {
    needMosquitto(this)
    plant = await startPlant({
      lines: [modelNode('model', { queueImages: '100' }), ...line({ name: 'line', model: 'model' })],
    })
    inboxes = await plant.listen('line')
  })
  after(() => plant?.close())

  it('costs no event: every image has one, in the order of the images', async () => {
    const { events, errors, status } = inboxes
    const image = await largeImage()
    const topics = Array.from({ length: IMAGES }, (_, index) => `line/image/${index}`)
    const published = Promise.all(topics.map((topic) => plant.publish(topic, image)))
    await events.until((all) => all.length >= 5)
    const [pid] = plant.inferenceProcesses()
    process.kill(pid!, 'SIGKILL')
    const beforeTheKill = events.bodies.length
    // The dot changes twice a second at most, and nano is back sooner: the successor is held up until it was shown.
    const successor = await successorOf(pid!, plant.inferenceProcesses)
    process.kill(successor, 'SIGSTOP')
    await status.until((all) => all.at(-1)?.text.startsWith('restarting') === true)
    assert.equal(status.bodies.at(-1)?.fill, 'yellow')
    process.kill(successor, 'SIGCONT')
    await published

    await events.until((all) => all.length >= IMAGES)
    await status.until((all) => all.at(-1)?.fill === 'green' && / r1$/.test(all.at(-1)!.text))
    assert.ok(beforeTheKill < IMAGES, 'all was done before the kill')
    assert.deepEqual(
      events.bodies.map(({ subject }) => subject),
      topics,
    )
    assert.equal(new Set(events.bodies.map(({ id }) => id)).size, IMAGES)
    assert.deepEqual(errors.bodies, [])
    assert.deepEqual(plant.inferenceProcesses(), [successor])
    assert.ok(plant.log.some((text) => text.includes('restarted: ENGINE_CRASHED: ')))
  })
})
