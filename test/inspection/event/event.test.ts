import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { DATA_SCHEMA, type EventSource, eventOf } from '../../../inspection/event/event.ts'
import { readEventSettings } from '../../../inspection/event/settings.ts'
import { decide, readSettings } from '../../../inspection/threshold/index.ts'
import { EMPTY_STATE } from '../../../inspection/threshold/state.ts'
import type { Anomaly, EncodedMask, Region } from '../../../inspection/types.ts'

const schema: object = JSON.parse(
  readFileSync(new URL('../../../docs/anomaly-event.schema.json', import.meta.url), 'utf8'),
)
const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  validateFormats: false,
})
const validate = ajv.compile(schema)
const valid = (event: unknown): void => {
  // As it leaves: through JSON.
  assert.ok(validate(JSON.parse(JSON.stringify(event))), ajv.errorsText(validate.errors))
}

const ANOMALY: Anomaly = {
  id: '6f0c2c1e-5d5a-4b1f-9d0e-3a1b2c3d4e5f',
  score: 0.75,
  map: { width: 2, height: 2, data: Float32Array.of(0.1, 0.9, 0.1, 0.2) },
  image: { width: 640, height: 480, format: 'jpeg', sha256: 'ab'.repeat(32) },
  model: { name: 'nano', method: 'anomalyclip', version: '0123456789ab', device: 'cpu' },
  timing: { queuedMs: 0.5, decodeMs: 2, inferMs: 30, totalMs: 33 },
  capturedAt: '2026-03-01T12:00:00.123Z',
  source: 'camera/1',
}
const judged = (config: object, anomaly: Anomaly = ANOMALY): Anomaly => ({
  ...anomaly,
  verdict: decide(readSettings(config), EMPTY_STATE, 'camera/1', anomaly).verdict,
})
const REGION: Region = {
  bbox: [320, 0, 320, 240],
  area: 76_800,
  share: 0.25,
  centroid: [480, 120],
  peak: { x: 480, y: 120, value: 0.9 },
}
const masks: Record<EncodedMask['encoding'], EncodedMask> = {
  png: { encoding: 'png', width: 640, height: 480, regions: [REGION], data: Buffer.from('mask') },
  png16: { encoding: 'png16', width: 2, height: 2, regions: [], data: Buffer.from('map') },
  overlay: { encoding: 'overlay', width: 640, height: 480, regions: [REGION], data: Buffer.from('overlay') },
  rle: {
    encoding: 'rle',
    width: 640,
    height: 480,
    regions: [REGION],
    rle: { size: [480, 640], counts: 'abc' },
  },
  polygons: {
    encoding: 'polygons',
    width: 640,
    height: 480,
    regions: [REGION],
    polygons: [{ outer: [[320, 0, 640, 0, 640, 240, 320, 240]], holes: [] }],
  },
  boxes: { encoding: 'boxes', width: 640, height: 480, regions: [REGION], boxes: [REGION.bbox] },
}
const settings = (config: object = {}) => readEventSettings(config, '/anomalyclip/test')
const eventFor = (source: Partial<EventSource>, config: object = {}) =>
  eventOf({ anomaly: judged({ pixel: 0.5 }), ...source }, settings(config))

describe('an anomaly event', () => {
  it('is a CloudEvent whose id, subject and time are the inspection’s', () => {
    const { data, ...attributes } = eventFor({})
    assert.deepEqual(attributes, {
      specversion: '1.0',
      id: ANOMALY.id,
      source: '/anomalyclip/test',
      type: 'io.github.anomalyclip.inspection.v1',
      subject: 'camera/1',
      time: ANOMALY.capturedAt,
      datacontenttype: 'application/json',
      dataschema: DATA_SCHEMA,
    })
    assert.equal(data.verdict.level, 'alarm')
    assert.equal(data.score, 0.75)
    assert.equal(data.threshold, 0.5)
    assert.equal(data.pixelThreshold, 0.5)
    assert.equal(data.area, 0.25)
    assert.deepEqual([data.model, data.image, data.timing], [ANOMALY.model, ANOMALY.image, ANOMALY.timing])
    assert.deepEqual(eventFor({}), eventFor({}))
  })

  it('names the class that the image was compared with, where the model takes one', () => {
    const model = { ...ANOMALY.model, className: 'metal nut' }
    const event = eventFor({ anomaly: judged({ pixel: 0.5 }, { ...ANOMALY, model }) })
    assert.deepEqual(event.data.model, model)
    valid(event)
  })

  it('says of a retained image that it is one, and of others nothing', () => {
    const image = { ...ANOMALY.image, retained: true }
    const event = eventFor({ anomaly: judged({ pixel: 0.5 }, { ...ANOMALY, image }) })
    valid(event)
    assert.equal(event.data.image.retained, true)
    assert.ok(!('retained' in eventFor({}).data.image))
  })

  it('fits the published schema at every level, with every encoding and every choice of the node', () => {
    const anomalies = [
      ANOMALY,
      judged({}),
      judged({ score: 0.9 }),
      judged({ score: 0.9, warning: 0.6 }),
      judged({ mode: 'calibrate' }),
      judged({}, { ...ANOMALY, score: Number.NaN }),
      judged({}, { ...ANOMALY, source: '', capturedAt: '2026-03-01T13:00:00+01:00' }),
    ]
    let count = 0
    for (const anomaly of anomalies)
      for (const mask of [undefined, ...Object.values(masks)])
        for (const inlineImage of ['none', 'mask', 'overlay', 'all'])
          for (const includeRegions of [true, false]) {
            valid(
              eventFor(
                { anomaly, mask, imageReference: 'file:///images/1.jpg' },
                { inlineImage, includeRegions },
              ),
            )
            count++
          }
    assert.equal(count, 392)
  })

  it('says undecided, with the reason, when no threshold stood before it', () => {
    const { data } = eventFor({ anomaly: ANOMALY })
    assert.deepEqual(data.verdict, {
      level: 'undecided',
      isAnomalous: null,
      key: '',
      reason: 'no verdict: there is no threshold node before anomaly-event',
    })
  })

  it('carries a score that is no number as null, and only undecided', () => {
    assert.equal(eventFor({ anomaly: judged({}, { ...ANOMALY, score: Number.NaN }) }).data.score, null)
    const { verdict } = judged({})
    assert.throws(() => eventFor({ anomaly: { ...ANOMALY, score: Number.NaN, verdict } }), {
      code: 'EVENT_INPUT',
      message: /score is "NaN"/,
    })
  })

  it('refuses a verdict that contradicts itself', () => {
    const { verdict } = judged({})
    for (const broken of [
      { isAnomalous: false },
      { isAnomalous: null },
      { level: 'fine' as 'ok' },
      { level: 'toString' as 'ok' },
    ])
      assert.throws(() => eventFor({ anomaly: { ...ANOMALY, verdict: { ...verdict!, ...broken } } }), {
        code: 'EVENT_INPUT',
      })
  })

  it('carries pictures in base64 and geometries as they are, each under its choice', () => {
    const mask = eventFor({ mask: masks.png }, { inlineImage: 'mask' }).data
    assert.deepEqual(mask.mask, {
      encoding: 'png',
      width: 640,
      height: 480,
      mediaType: 'image/png',
      base64: Buffer.from('mask').toString('base64'),
    })
    assert.equal(eventFor({ mask: masks.overlay }, { inlineImage: 'mask' }).data.overlay, undefined)
    assert.equal(
      eventFor({ mask: masks.overlay }, { inlineImage: 'all' }).data.overlay!.mediaType,
      'image/jpeg',
    )
    assert.deepEqual(eventFor({ mask: masks.rle }, { inlineImage: 'mask' }).data.mask!.rle, {
      size: [480, 640],
      counts: 'abc',
    })
    assert.equal(eventFor({ mask: masks.png }).data.mask, undefined)
  })

  it('leaves a picture over the limit out and says so; at the limit it is in', () => {
    const data = Buffer.alloc(1024)
    const config = { inlineImage: 'all', maxInlineKilobytes: 1 }
    assert.ok(eventFor({ mask: { ...masks.png, data } as EncodedMask }, config).data.mask)
    const larger = eventFor({ mask: { ...masks.png, data: Buffer.alloc(1025) } as EncodedMask }, config)
    assert.equal(larger.data.mask, undefined)
    assert.deepEqual(larger.data.imageOmitted, { what: 'mask', encoding: 'png', bytes: 1025, limit: 1024 })
    valid(larger)
    const boxes = Array.from({ length: 200 }, () => REGION.bbox)
    const geometry = eventFor({ mask: { ...masks.boxes, boxes } as EncodedMask }, config)
    assert.equal(geometry.data.imageOmitted?.encoding, 'boxes')
    assert.equal(geometry.data.mask, undefined)
    valid(geometry)
  })

  it('lists at most 100 regions and counts the others', () => {
    const regions = Array.from({ length: 130 }, () => REGION)
    const { data } = eventFor({ mask: { ...masks.boxes, regions } as EncodedMask })
    assert.equal(data.regions!.length, 100)
    assert.equal(data.regionsOmitted, 30)
    assert.equal(eventFor({ mask: masks.boxes }, { includeRegions: false }).data.regions, undefined)
  })

  it('refuses a mask that did not come from mask-encode', () => {
    for (const mask of [
      { ...masks.png, encoding: 'gif' },
      { ...masks.png, data: 'text' },
      { ...masks.rle, rle: null },
      { ...masks.png, encoding: 'toString' },
    ])
      assert.throws(() => eventFor({ mask: mask as EncodedMask }, { inlineImage: 'mask' }), {
        code: 'EVENT_INPUT',
      })
  })

  it('refuses what is missing, naming it', () => {
    assert.throws(() => eventFor({ anomaly: undefined }), {
      code: 'EVENT_INPUT',
      message: /msg.anomaly is missing/,
    })
    const cases: [Partial<Record<keyof Anomaly, unknown>>, RegExp][] = [
      [{ id: '' }, /anomaly.id/],
      [{ capturedAt: 'yesterday' }, /capturedAt is "yesterday"/],
      [{ capturedAt: undefined }, /capturedAt is missing/],
      [{ model: undefined }, /anomaly.model is missing/],
      [{ model: { ...ANOMALY.model, version: 1 } }, /model.version is 1/],
      [{ model: { ...ANOMALY.model, className: 1 } }, /model.className is 1/],
      [{ image: { ...ANOMALY.image, width: Number.NaN } }, /image.width/],
      [{ timing: { ...ANOMALY.timing, totalMs: '3' } }, /timing.totalMs/],
    ]
    for (const [broken, message] of cases)
      assert.throws(() => eventFor({ anomaly: { ...ANOMALY, ...broken } as Anomaly }), {
        code: 'EVENT_INPUT',
        message,
      })
  })

  it('gives the reference of the stored image, and refuses one that is no URI-reference', () => {
    assert.equal(
      eventFor({ imageReference: 's3://line-3/a%20b.jpg' }).data.image.reference,
      's3://line-3/a%20b.jpg',
    )
    assert.equal(eventFor({ imageReference: '' }).data.image.reference, undefined)
    assert.throws(() => eventFor({ imageReference: 'C:\\images\\1.jpg' }), { code: 'EVENT_INPUT' })
  })

  it('keeps characters out of attributes that CloudEvents forbids', () => {
    const event = eventFor({ anomaly: { ...judged({}), source: 'cam\u0000\n1\ud800' } })
    assert.equal(event.subject, 'cam\ufffd\ufffd1\ufffd')
    valid(event)
  })

  it('writes a time without offset, or a Date, as RFC 3339', () => {
    const time = (capturedAt: unknown) => eventFor({ anomaly: { ...judged({}), capturedAt } as Anomaly }).time
    assert.equal(time(new Date(0)), '1970-01-01T00:00:00.000Z')
    assert.equal(time('2026-03-01T12:00:00'), new Date('2026-03-01T12:00:00').toISOString())
    assert.equal(time('2026-03-01T12:00:00+02:00'), '2026-03-01T12:00:00+02:00')
  })
})

describe('the published schema', () => {
  const event = () => JSON.parse(JSON.stringify(eventFor({ mask: masks.png }, { inlineImage: 'all' })))
  const changes: [string, (one: ReturnType<typeof event>) => void][] = [
    ['another specversion', (one) => (one.specversion = '0.3')],
    ['no id', (one) => delete one.id],
    ['an empty id', (one) => (one.id = '')],
    ['a source with a space', (one) => (one.source = 'line 3')],
    ['a type of another version', (one) => (one.type = 'io.github.anomalyclip.inspection.v2')],
    ['a time without offset', (one) => (one.time = '2026-03-01T12:00:00')],
    ['an attribute in upper case', (one) => (one.Level = 'alarm')],
    ['an attribute that is an object', (one) => (one.more = {})],
    ['a level that is not known', (one) => (one.data.verdict.level = 'bad')],
    ['ok and anomalous', (one) => (one.data.verdict.level = 'ok')],
    ['undecided and anomalous', (one) => (one.data.verdict.level = 'undecided')],
    ['an alarm without a score', (one) => (one.data.score = null)],
    ['a threshold above 1', (one) => (one.data.threshold = 1.5)],
    ['an area above 1', (one) => (one.data.area = 2)],
    ['no model', (one) => delete one.data.model],
    ['a class that is no text', (one) => (one.data.model.className = 1)],
    ['a short sha256', (one) => (one.data.image.sha256 = 'ab')],
    ['a width of 0', (one) => (one.data.image.width = 0)],
    ['a negative time', (one) => (one.data.timing.inferMs = -1)],
    ['a region without a box', (one) => delete one.data.regions[0].bbox],
    ['a box of three numbers', (one) => one.data.regions[0].bbox.pop()],
    ['101 regions', (one) => (one.data.regions = Array(101).fill(one.data.regions[0]))],
    ['a picture that is no base64', (one) => (one.data.mask.base64 = 'a b')],
    ['a picture without content', (one) => delete one.data.mask.base64],
    ['a calibration of an unknown state', (one) => (one.data.calibration = { state: 'maybe' })],
  ]
  it('accepts the example in the documentation', () => {
    const page = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8')
    valid(JSON.parse(/```json\n([\s\S]*?)```/.exec(page)![1]!))
  })
  it('accepts the event that the refusals below start from, and an extension attribute', () => {
    valid(event())
    valid({ ...event(), traceparent: 'x' })
  })
  for (const [what, change] of changes)
    it(`refuses ${what}`, () => {
      const broken = event()
      change(broken)
      assert.equal(validate(broken), false)
    })
})
