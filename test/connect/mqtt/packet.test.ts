import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { type Envelope, envelopeToJson } from '../../../connect/mqtt/envelope.ts'
import { isExpired, type Packet, packetLength, packetOf, type Sending } from '../../../connect/mqtt/packet.ts'

/** The encoder that mqtt.js writes with. */
const { generate } = createRequire(import.meta.resolve('mqtt'))('mqtt-packet') as {
  generate: (packet: object, options: { protocolVersion: 4 | 5 }) => Buffer
}

const encoded = ({ properties, ...packet }: Packet, protocol: '5' | '3.1.1'): Buffer =>
  generate(
    { cmd: 'publish', messageId: 77, ...packet, ...(properties ? { properties: { ...properties } } : {}) },
    { protocolVersion: protocol === '5' ? 5 : 4 },
  )

const EVENT = {
  specversion: '1.0',
  id: 'e-1',
  source: '/line/1',
  type: 'com.example.inspection.v1',
  datacontenttype: 'application/json',
  data: { score: 0.5, text: 'größer' },
}
const ENVELOPE: Envelope = {
  topic: 'plant/größe/1',
  qos: 1,
  retain: false,
  mode: 'structured',
  attributes: { specversion: '1.0', id: 'e-1', source: '/line/1', type: 'com.example.inspection.v1' },
  datacontenttype: 'application/json',
}
const text = (of: string) => ({ text: of, encoding: 'utf8' }) as const
const packet = (
  envelope: Partial<Envelope> = {},
  sending: Partial<Sending> = {},
  event: object = EVENT,
): Packet =>
  packetOf(
    {
      envelope: envelopeToJson({ ...ENVELOPE, ...envelope }),
      payload: new Uint8Array(Buffer.from(JSON.stringify(event))),
    },
    { protocol: '5', redelivery: 0, ageMs: 0, ...sending },
  )

describe('packet', () => {
  it('has the length that the encoder writes, for both protocols and around every step of the length field', () => {
    for (const protocol of ['5', '3.1.1'] as const)
      for (const qos of [0, 1, 2] as const)
        for (const mode of ['structured', 'binary'] as const)
          for (const redelivery of [0, 3])
            for (const size of qos === 1 && redelivery === 0 ? [0, 100, 16_000, 2_097_000] : [0, 100, 16_000])
              for (const spread of [0, 30, 60, 90]) {
                const made = packet(
                  {
                    qos,
                    mode,
                    retain: true,
                    ...(spread > 0 ? { correlationData: text('ü'.repeat(spread)), expiryMs: 5000 } : {}),
                  },
                  { protocol, redelivery },
                  { ...EVENT, data: 'x'.repeat(size) },
                )
                assert.equal(packetLength(made, protocol), encoded(made, protocol).length)
              }
  })

  it('counts one more byte for the length of the rest from 128 bytes on', () => {
    const of = (bytes: number): Packet => ({
      topic: 't',
      qos: 0,
      retain: false,
      payload: Buffer.alloc(bytes),
    })
    // MQTT 3.1.1 §2.2.3, table 2.4: 127 bytes are the most that one length byte tells; 3 of them are the topic.
    assert.equal(packetLength(of(124), '3.1.1'), 1 + 1 + 127)
    assert.equal(packetLength(of(125), '3.1.1'), 1 + 2 + 128)
  })

  it('is infinitely long where no packet could carry it', () => {
    const long = 'x'.repeat(65_536)
    assert.equal(packetLength(packet({ topic: long }), '5'), Number.POSITIVE_INFINITY)
    assert.equal(packetLength(packet({ correlationData: text(long) }), '5'), Number.POSITIVE_INFINITY)
    assert.ok(packetLength(packet({ correlationData: text(long) }, { protocol: '3.1.1' }), '3.1.1') < 1000)
  })

  it('is the whole event in structured mode, and says so where the protocol can', () => {
    const five = packet()
    assert.deepEqual(JSON.parse(five.payload.toString()), EVENT)
    assert.equal(five.properties?.contentType, 'application/cloudevents+json')
    assert.equal(five.properties?.userProperties, undefined)
    const three = packet({}, { protocol: '3.1.1' })
    assert.deepEqual([JSON.parse(three.payload.toString()), three.properties], [EVENT, undefined])
  })

  it('is the data alone in binary mode, with the attributes as user properties', () => {
    const { payload, properties } = packet({ mode: 'binary' })
    assert.deepEqual(JSON.parse(payload.toString()), EVENT.data)
    assert.equal(properties?.contentType, 'application/json')
    assert.deepEqual(properties?.userProperties, ENVELOPE.attributes)
  })

  it('carries binary data of an event as bytes, and text as text', () => {
    const { payload } = packet({ mode: 'binary' }, {}, { ...EVENT, data: undefined, data_base64: 'AAEC' })
    assert.deepEqual([...payload], [0, 1, 2])
    const text = packet(
      { mode: 'binary', datacontenttype: 'text/plain' },
      {},
      { ...EVENT, data: 'all is well' },
    )
    assert.equal(text.payload.toString(), 'all is well')
  })

  it('carries correlation data of any bytes', () => {
    const { properties } = packet({ correlationData: { text: '//4A', encoding: 'base64' } })
    assert.deepEqual(properties?.correlationData, Buffer.of(0xff, 0xfe, 0))
  })

  it('falls back to structured mode on 3.1.1, which has no user properties', () => {
    const { payload, properties } = packet({ mode: 'binary' }, { protocol: '3.1.1' })
    assert.deepEqual([JSON.parse(payload.toString()), properties], [EVENT, undefined])
  })

  it('is marked when it is a copy, in the event and beside it, and not when it is the first', () => {
    const structured = packet({}, { redelivery: 2 })
    assert.deepEqual(JSON.parse(structured.payload.toString()), { redelivery: 2, ...EVENT })
    assert.deepEqual(structured.properties?.userProperties, { redelivery: '2' })
    const binary = packet({ mode: 'binary' }, { redelivery: 1 })
    assert.deepEqual(binary.properties?.userProperties, { ...ENVELOPE.attributes, redelivery: '1' })
    assert.deepEqual(JSON.parse(binary.payload.toString()), EVENT.data)
    const three = packet({}, { protocol: '3.1.1', redelivery: 1 })
    assert.equal(JSON.parse(three.payload.toString()).redelivery, 1)
    assert.equal('redelivery' in JSON.parse(packet().payload.toString()), false)
  })

  it('tells the broker how many seconds are left of its life', () => {
    const left = (expiryMs: number, ageMs = 0) =>
      packet({ expiryMs }, { ageMs }).properties?.messageExpiryInterval
    assert.deepEqual([left(60_000), left(60_000, 999), left(60_000, 59_999)], [60, 60, 1])
    assert.equal(packet().properties?.messageExpiryInterval, undefined)
    assert.deepEqual(
      [999, 1000].map((ageMs) => isExpired({ ...ENVELOPE, expiryMs: 1000 }, ageMs)),
      [false, true],
    )
    assert.equal(isExpired(ENVELOPE, 1e15), false)
  })

  it('asks no more of a broker than it allows', () => {
    const limits = {
      receiveMaximum: 1,
      maximumPacketSize: 1e6,
      maximumQos: 0,
      retainAvailable: false,
    } as const
    const { qos, retain } = packet({ qos: 2, retain: true }, { limits })
    assert.deepEqual([qos, retain], [0, false])
  })
})
