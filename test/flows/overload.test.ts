import assert from 'node:assert/strict'
import { line, modelNode } from '../support/flow.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type LineInboxes, type Plant, startPlant } from '../support/plant.ts'
import { largeImage } from '../support/samples.ts'

const IMAGES = 60

describe('more images than can be inspected', function () {
  this.timeout(120_000)
  let plant: Plant
  let inboxes: LineInboxes

  before(async function () {
    needMosquitto(this)
    plant = await startPlant({
      lines: [
        modelNode('model', { queueImages: '4', dropPolicy: 'drop-oldest' }),
        ...line({ name: 'line', model: 'model' }),
        // Beside it, for what the flow process still has time for.
        ...line({ name: 'other', model: '' }),
      ],
    })
    inboxes = await plant.listen('line')
  })
  after(() => plant?.close())

  /** Images dropped, as the dot has it: `1.5/s q0 d56`. */
  const droppedIn = (text = ''): number => Number(text.match(/ d(\d+)$/)?.[1] ?? 0)

  it('each has its event or is counted as dropped, and the flow goes on meanwhile', async () => {
    const { events, status, errors } = inboxes
    const other = await plant.listen('other')
    const image = await largeImage()
    const topics = Array.from({ length: IMAGES }, (_, index) => `line/image/${index}`)
    await Promise.all(topics.map((topic) => plant.publish(topic, image)))
    await plant.publish('other/image/1', 'an error, at once')
    await other.errors.until((all) => all.length > 0)
    const whenAnswered = events.bodies.length

    const isSettled = (text = ''): boolean =>
      / q0 /.test(text) && events.bodies.length + droppedIn(text) >= IMAGES
    await status.until((all) => isSettled(all.at(-1)?.text))
    const dropped = droppedIn(status.bodies.at(-1)?.text)
    assert.equal(events.bodies.length + dropped, IMAGES)
    assert.ok(dropped > 0, 'there was no overload')
    assert.ok(whenAnswered < events.bodies.length, 'the flow answered only when all was done')
    assert.deepEqual(errors.bodies, [])
    // The newest are those that stay, and none overtakes another.
    const order = events.bodies.map(({ subject = '' }) => topics.indexOf(subject))
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    )
    assert.equal(order.at(-1), IMAGES - 1)
  })
})
