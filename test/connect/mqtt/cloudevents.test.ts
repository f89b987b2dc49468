import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type EventDelivery, messageOfEvent, withoutImages } from '../../../connect/mqtt/cloudevents.ts'
import { type Envelope, envelopeFromJson } from '../../../connect/mqtt/envelope.ts'
import type { AnomalyEvent } from '../../../inspection/event/index.ts'
import type { EncodedMask } from '../../../inspection/types.ts'
import { anomalyEvent } from './events.ts'

const schema: object = JSON.parse(
  readFileSync(new URL('../../../docs/anomaly-event.schema.json', import.meta.url), 'utf8'),
)
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)

const DELIVERY: EventDelivery = { qos: 1, retain: false, mode: 'structured', expiryMs: null }
const ADDRESS = { topic: 'a/b' }
const read = (payload: Uint8Array): AnomalyEvent => JSON.parse(Buffer.from(payload).toString())

const SIZE = { width: 4, height: 3, regions: [] }
const MASK: EncodedMask = { ...SIZE, encoding: 'png', data: Buffer.alloc(1000, 7) }

const envelopeOf = (delivery: Partial<EventDelivery>, address: object = {}): Envelope =>
  envelopeFromJson(
    messageOfEvent(anomalyEvent({}), { ...DELIVERY, ...delivery }, { ...ADDRESS, ...address }).envelope,
  )

describe('the message of an event', () => {
  it('has the id of the inspection and the whole event as its payload, in both modes', () => {
    const event = anomalyEvent({ id: 'inspection-7' })
    for (const mode of ['structured', 'binary'] as const) {
      const { id, payload } = messageOfEvent(event, { ...DELIVERY, mode }, ADDRESS)
      assert.equal(id, 'inspection-7')
      assert.deepEqual(read(payload), event)
    }
  })

  it('carries what it needs to be published', () => {
    assert.deepEqual(envelopeOf({ qos: 2, retain: true, mode: 'binary' }), {
      topic: 'a/b',
      qos: 2,
      retain: true,
      mode: 'binary',
      attributes: {
        specversion: '1.0',
        id: 'inspection-1',
        source: '/test',
        type: 'io.github.anomalyclip.inspection.v1',
        subject: 'cam',
        time: '2026-03-01T12:00:00.000Z',
        dataschema: 'tag:anomalyclip.github.io,2026:anomaly-event/v1#/$defs/data',
      },
      datacontenttype: 'application/json',
      correlationData: { text: 'inspection-1', encoding: 'utf8' },
    })
  })

  it('expires some time after it was accepted, so that waiting in the outbox counts', () => {
    assert.equal(envelopeOf({ expiryMs: 60_000 }).expiryMs, 60_000)
    assert.equal(envelopeOf({}).expiryMs, undefined)
  })

  it('takes over correlation data, text or a Buffer with whatever bytes, else the event’s id', () => {
    const of = (given: unknown) => {
      const { text, encoding } = envelopeOf({}, { correlationData: given }).correlationData ?? assert.fail()
      return Buffer.from(text, encoding)
    }
    for (const given of ['order 7', Buffer.from('Auftrag ß'), Buffer.of(0xff, 0xfe)])
      assert.deepEqual(of(given), Buffer.from(given as string))
    for (const given of [undefined, '', Buffer.alloc(0), 7])
      assert.equal(of(given).toString(), 'inspection-1')
  })
})

describe('a payload without its images', () => {
  const lighter = (mask: EncodedMask): AnomalyEvent =>
    read(
      withoutImages(messageOfEvent(anomalyEvent({ mask }), DELIVERY, ADDRESS).payload, 500) ?? assert.fail(),
    )

  it('says what is left out, how large it was and what was too small for it', () => {
    const event = anomalyEvent({ mask: MASK })
    const { mask, ...rest } = event.data
    assert.ok(mask)
    assert.deepEqual(lighter(MASK), {
      ...event,
      data: { ...rest, imageOmitted: { what: 'mask', encoding: 'png', bytes: 1000, limit: 500 } },
    })
  })

  it('is smaller by the picture and still an event of the schema', () => {
    for (const mask of [
      MASK,
      { ...SIZE, encoding: 'overlay', data: Buffer.alloc(999) },
      { ...SIZE, encoding: 'boxes', boxes: [[0, 0, 1, 1]] },
      { ...SIZE, encoding: 'rle', rle: { size: [3, 4], counts: 'abc' } },
      { ...SIZE, encoding: 'polygons', polygons: [{ outer: [[0, 0, 1, 0, 1, 1]], holes: [] }] },
    ] satisfies EncodedMask[]) {
      const event = lighter(mask)
      assert.ok(validate(event), JSON.stringify(validate.errors))
      assert.equal(event.data.mask ?? event.data.overlay, undefined)
      assert.equal(event.data.imageOmitted?.what, mask.encoding === 'overlay' ? 'overlay' : 'mask')
      assert.equal(event.data.imageOmitted?.encoding, mask.encoding)
    }
    assert.equal(
      lighter({ ...SIZE, encoding: 'overlay', data: Buffer.alloc(999) }).data.imageOmitted?.bytes,
      999,
    )
  })

  it('is none where there is no image', () => {
    assert.equal(withoutImages(messageOfEvent(anomalyEvent({}), DELIVERY, ADDRESS).payload, 500), null)
  })
})
