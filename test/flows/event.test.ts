import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import sharp from 'sharp'
import { root } from '../../tools/tree.ts'
import { line, modelNode } from '../support/flow.ts'
import { needMosquitto } from '../support/mosquitto.ts'
import { type LineInboxes, type Plant, startPlant } from '../support/plant.ts'
import { expectedScore, sample } from '../support/samples.ts'

const GOOD = 'nut-good.png'
const BAD = 'wood-bad-thread.png'
/** Between `warning` and `score` below. */
const DOUBTFUL = 'leather-good.png'

const schema: object = JSON.parse(readFileSync(join(root, 'docs/anomaly-event.schema.json'), 'utf8'))
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)

describe('from an image published to the event received', function () {
  this.timeout(120_000)
  let plant: Plant
  let inboxes: LineInboxes

  before(async function () {
    needMosquitto(this)
    plant = await startPlant({
      lines: [
        modelNode('model'),
        ...line({ name: 'line', model: 'model', threshold: { score: '0.9', warning: '0.6' } }),
      ],
    })
    inboxes = await plant.listen('line')
  })
  after(() => plant?.close())

  const eventOf = async (topic: string, payload: Buffer | string) => {
    const { events } = inboxes
    const before = events.bodies.length
    await plant.publish(topic, payload)
    await events.until((all) => all.length > before)
    return events.letters[before]!
  }

  for (const [file, level] of [
    [GOOD, 'ok'],
    [DOUBTFUL, 'warning'],
    [BAD, 'alarm'],
  ] as const)
    it(`${file} as PNG has the score of the reference and the level ${level}`, async () => {
      const { body, contentType } = await eventOf('line/image/1', sample(file))
      assert.ok(validate(body), JSON.stringify(validate.errors))
      assert.equal(contentType, 'application/cloudevents+json')
      assert.equal(body.source, '/test/line')
      assert.equal(body.subject, 'line/image/1')
      const { score, verdict, image } = body.data
      assert.ok(Math.abs((score ?? Number.NaN) - expectedScore(file)) < 1e-3, `score ${score}`)
      assert.equal(verdict.level, level)
      assert.equal(verdict.isAnomalous, level === 'alarm')
      assert.deepEqual([image.width, image.height, image.format], [320, 320, 'png'])
    })

  it('a JPEG is inspected as well', async () => {
    const jpeg = await sharp(sample(BAD)).jpeg({ quality: 95 }).toBuffer()
    const { body } = await eventOf('line/image/2', jpeg)
    assert.ok(validate(body), JSON.stringify(validate.errors))
    assert.equal(body.data.image.format, 'jpeg')
    assert.equal(body.data.verdict.level, 'alarm')
  })

  it('base64 in JSON gives what the bytes give', async () => {
    const json = JSON.stringify({ camera: 3, image: sample(BAD).toString('base64') })
    const asBytes = (await eventOf('line/image/3', sample(BAD))).body
    for (const topic of ['line/image/3', 'line/json/3']) {
      const { body } = await eventOf(topic, json)
      assert.equal(body.data.image.sha256, asBytes.data.image.sha256)
      assert.equal(body.data.score, asBytes.data.score)
      assert.notEqual(body.id, asBytes.id)
    }
  })

  it('an image in a Sparkplug payload gives what the bytes give', async () => {
    const field = (number: number, content: Buffer) => {
      const head = [(number << 3) | 2]
      if (number > 15) head.splice(0, 1, ((number << 3) & 0x7f) | 0x82, number >> 4)
      let rest = content.length
      for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128)
      return Buffer.concat([Buffer.from([...head, rest]), content])
    }
    // sparkplug_b.proto: Payload.metrics = 2; Metric.name = 1, datatype = 4 (Bytes = 17), bytes_value = 16.
    const metric = [field(1, Buffer.from('Frame')), Buffer.of(4 << 3, 17), field(16, sample(BAD))]
    const asBytes = (await eventOf('line/image/5', sample(BAD))).body
    const { body } = await eventOf('line/image/5', field(2, Buffer.concat(metric)))
    assert.equal(body.data.image.sha256, asBytes.data.image.sha256)
    assert.equal(body.data.score, asBytes.data.score)
  })

  it('a retained image is inspected and marked', async () => {
    const { events, passed } = inboxes
    assert.ok(!('retained' in (await eventOf('line/image/6', sample(GOOD))).body.data.image))
    const published = events.bodies.length
    await plant.publish('line/image/7', sample(GOOD), { retain: true })
    await events.until((all) => all.length > published)
    await plant.stopNodeRed()
    const before = events.bodies.length
    await plant.startNodeRed()
    const all = await events.until((some) => some.length > before)
    assert.equal(all[before]!.subject, 'line/image/7')
    assert.equal(all[before]!.data.image.retained, true)
    // The rest of its message takes another way, and must not arrive in the test that follows.
    await passed.until((some) => some.some((body) => body.retain))
  })

  it('leaves what else is in the message as it is', async () => {
    const before = inboxes.passed.bodies.length
    await plant.publish('line/image/4', sample(GOOD))
    const [passed] = (await inboxes.passed.until((all) => all.length > before)).slice(before)
    const { _msgid: id } = passed!
    assert.equal(typeof id, 'string')
    assert.deepEqual(passed, { _msgid: id, lot: { number: 7, first: id }, qos: 1, retain: false })
  })

  it('reaches no error and is shown in green', async () => {
    await inboxes.status.until((all) => all.at(-1)?.fill === 'green')
    assert.deepEqual(inboxes.errors.bodies, [])
  })
})
