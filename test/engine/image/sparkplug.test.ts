import assert from 'node:assert/strict'
import sharp from 'sharp'
import { imageFrom } from '../../../engine/image/index.ts'
import { readSparkplug } from '../../../engine/image/sparkplug.ts'

const picture = (background: string) =>
  sharp({ create: { width: 9, height: 7, channels: 3, background } })
    .png()
    .toBuffer()
const [png, other] = await Promise.all([picture('#123456'), picture('#654321')])

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))]
const number = (field: number, value: number) => Buffer.from([...varint(field * 8), ...varint(value)])
const bytes = (field: number, value: string | Uint8Array) => {
  const content = Buffer.from(value as string)
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(content.length)]), content])
}
const fixed = (field: number, wire: 1 | 5) =>
  Buffer.concat([Buffer.from(varint(field * 8 + wire)), Buffer.alloc(wire === 1 ? 8 : 4, 7)])

const TIME = 1_767_225_600_000
/** As sparkplug_b.proto has it: name 1, alias 2, timestamp 3, datatype 4, bytes_value 16. */
const metric = (name: string, value: Uint8Array, type: number | null = 17) =>
  Buffer.concat([
    ...(name === '' ? [number(2, 42)] : [bytes(1, name)]),
    number(3, TIME),
    ...(type === null ? [] : [number(4, type)]),
    bytes(16, value),
  ])
/** A temperature (double), a count (int), a name (string). */
const OTHERS = [
  Buffer.concat([bytes(1, 'Temperature'), number(3, TIME), number(4, 10), fixed(13, 1)]),
  Buffer.concat([bytes(1, 'Count'), number(4, 3), number(10, 7)]),
  Buffer.concat([bytes(1, 'Pressure'), number(4, 9), fixed(12, 5), number(5, 1)]),
  Buffer.concat([bytes(1, 'Operator'), number(4, 12), bytes(15, 'Ada'), bytes(8, number(1, 1))]),
]
const payload = (...metrics: Buffer[]) =>
  Buffer.concat([number(1, TIME), ...metrics.map((one) => bytes(2, one)), number(3, 255)])

const imageIn = (sent: unknown): Buffer => {
  const input = imageFrom(sent)
  assert.equal(input.kind, 'encoded')
  return Buffer.from(input.data as Uint8Array)
}
const takes = (what: string, sent: unknown) => it(`takes ${what}`, () => assert.deepEqual(imageIn(sent), png))
const refuses = (what: string, sent: unknown, code: string, message = /./) =>
  it(`refuses ${what} with ${code}`, () => {
    assert.throws(() => imageFrom(sent), { code, message })
  })

describe('an image in a Sparkplug B payload', () => {
  takes('the only metric with bytes, among others', payload(...OTHERS, metric('Frame', png)))
  takes('a File', payload(metric('frame.png', png, 18)))
  takes('a metric without a type, as data messages have it', payload(metric('Frame', png, null)))
  takes('a metric without a name, under its alias', payload(metric('', png)))
  takes('of several the one named image', payload(metric('Mask', other), metric('IMAGE', png)))
  takes(
    'of several the one whose last level is image',
    payload(metric('A/Image', png), metric('Thumb', other)),
  )
  takes('base64 in a metric', payload(metric('Frame', Buffer.from(png.toString('base64')))))
  takes('the body where no metric has bytes', Buffer.concat([payload(...OTHERS), bytes(5, png)]))
  takes('a body alone', Buffer.concat([number(1, TIME), bytes(4, 'uuid'), bytes(5, png)]))
  takes('a metric rather than the body', Buffer.concat([payload(metric('Frame', png)), bytes(5, other)]))
  takes('a payload in a message', { payload: payload(metric('Frame', png)) })

  it('does not copy the bytes', () => {
    const sent = payload(metric('Frame', png))
    assert.equal(imageFrom(sent).data.buffer, sent.buffer)
  })

  refuses(
    'two metrics with bytes, neither of which is named image',
    payload(metric('Left', png), metric('Right', other)),
    'IMAGE_CARRIER',
    /2 metrics.*"Left", "Right"/,
  )
  refuses(
    'two metrics named image',
    payload(metric('Left/Image', png), metric('Right/Image', other)),
    'IMAGE_CARRIER',
  )
  refuses('metrics without bytes', payload(...OTHERS), 'IMAGE_CARRIER', /without a metric of type Bytes/)
  refuses('bytes under another type', payload(metric('Frame', png, 12)), 'IMAGE_CARRIER')
  refuses(
    'a metric that says it is null',
    payload(Buffer.concat([metric('Frame', png), number(7, 1)])),
    'IMAGE_CARRIER',
  )
  refuses(
    'a metric that is empty',
    payload(metric('Frame', Buffer.alloc(0))),
    'IMAGE_EMPTY',
    /metrics\[Frame\]/,
  )
  refuses('a metric that is no image', payload(metric('Frame', Buffer.from([1, 2, 3]))), 'IMAGE_FORMAT')

  const nested = payload(metric('a', payload(metric('a', payload(metric('a', payload(metric('a', png))))))))
  refuses('payloads within payloads', nested, 'IMAGE_CARRIER', /too deep/)
})

describe('what is no Sparkplug B payload', () => {
  const whole = payload(...OTHERS, metric('Frame', png))

  it('is a payload cut anywhere but between two of its fields', () => {
    // What is left between fields is a payload of fewer metrics.
    let recognised = 0
    for (let length = 0; length < whole.length; length++)
      if (readSparkplug(whole.subarray(0, length)) !== null) recognised++
    assert.equal(recognised, OTHERS.length + 1)
  })

  for (const [what, sent] of [
    ['a timestamp alone', number(1, TIME)],
    ['a field that Payload has not', Buffer.concat([whole, number(9, 1)])],
    ['a field of another wire type', Buffer.concat([whole, bytes(3, 'x')])],
    ['field number 0', Buffer.concat([whole, Buffer.of(2, 0)])],
    ['a group', Buffer.concat([whole, Buffer.of(0x13)])],
    ['a length beyond the end', Buffer.concat([whole, Buffer.of(0x12, 0xff, 0xff, 0xff, 0xff, 0x7f)])],
    [
      'a number of more than ten bytes',
      Buffer.concat([whole, Buffer.of(0x18), Buffer.alloc(10, 0x80), Buffer.of(1)]),
    ],
    ['a metric that is none', payload(metric('Frame', png), Buffer.from('text'))],
    ['more fields than any edge node has', Buffer.concat(Array(10_001).fill(bytes(2, metric('x', png))))],
  ] as const)
    refuses(what, sent, 'IMAGE_FORMAT')

  it('is noise', () => {
    // A linear congruential generator (Numerical Recipes): the same noise in every run.
    let state = 1
    const next = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state >>> 24
    }
    for (let i = 0; i < 20_000; i++) {
      const noise = Uint8Array.from({ length: 64 }, next)
      noise[0] = 0x12
      assert.equal(readSparkplug(noise), null)
    }
  })
})

describe('an image in Sparkplug metrics as JSON', () => {
  const metrics = (...list: unknown[]) => ({ timestamp: TIME, metrics: list, seq: 0 })
  const base64 = png.toString('base64')
  const TEMPERATURE = { name: 'Temperature', type: 'Double', value: 20.5 }

  takes('a Buffer', metrics(TEMPERATURE, { name: 'Frame', type: 'Bytes', value: png }))
  takes('base64', metrics(TEMPERATURE, { name: 'Frame', type: 'Bytes', value: base64 }))
  takes('a list of numbers', metrics({ name: 'Frame', type: 'Bytes', value: [...png] }))
  takes(
    'a Buffer as JSON writes it',
    JSON.stringify(metrics({ name: 'Frame', dataType: 'Bytes', value: png })),
  )
  takes(
    'dataType in other letters, and its number',
    metrics({ name: 'Frame', dataType: 'BYTES', value: base64 }),
  )
  takes('the type as a number', metrics({ name: 'Frame', type: 17, value: base64 }))
  takes('bytes without a type', metrics(TEMPERATURE, { name: 'Frame', value: png }))
  takes(
    'of several the one named image',
    metrics(
      { name: 'mask', type: 'Bytes', value: other },
      { name: 'Camera/Image', type: 'Bytes', value: base64 },
    ),
  )
  takes(
    'JSON in a Buffer, as MQTT delivers it',
    Buffer.from(JSON.stringify(metrics({ name: 'a', type: 'Bytes', value: base64 }))),
  )
  takes('what lies under image rather than the metrics', {
    image: png,
    ...metrics({ name: 'a', type: 'Bytes', value: other }),
  })

  refuses(
    'text that is of another type',
    metrics({ name: 'a', type: 'String', value: base64 }),
    'IMAGE_CARRIER',
  )
  refuses('no metrics', metrics(), 'IMAGE_CARRIER', /without a metric/)
  refuses('metrics that are no objects', metrics(null, 7, 'x'), 'IMAGE_CARRIER')
  refuses('a metric without a value', metrics({ name: 'a', type: 'Bytes', value: null }), 'IMAGE_CARRIER')
  refuses(
    'numbers that are no bytes',
    metrics({ name: 'a', type: 'Bytes', value: [1, 256] }),
    'IMAGE_TYPE',
    /entry 1/,
  )
  refuses(
    'two candidates',
    metrics({ name: 'l', type: 'Bytes', value: base64 }, { name: 'r', type: 'Bytes', value: base64 }),
    'IMAGE_CARRIER',
    /"l", "r"/,
  )
})
