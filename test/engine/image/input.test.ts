import assert from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import sharp from 'sharp'
import { imageFrom } from '../../../engine/image/index.ts'

const png = await sharp({ create: { width: 9, height: 7, channels: 3, background: '#123456' } })
  .png()
  .toBuffer()
const base64 = png.toString('base64')
const dataUrl = `data:image/png;base64,${base64}`
const wrapped = base64.replaceAll(/.{20}/g, '$&\r\n')

/** What a payload becomes, as a Buffer, if it is an encoded image. */
const encodedIn = (payload: unknown): Buffer => {
  const input = imageFrom(payload)
  assert.equal(input.kind, 'encoded')
  return Buffer.from(input.data as Uint8Array)
}

const takes = (what: string, payload: unknown) =>
  it(`takes ${what}`, () => assert.deepEqual(encodedIn(payload), png))

const refuses = (what: string, payload: unknown, code: string, message = /./) =>
  it(`refuses ${what} with ${code}`, () => {
    assert.throws(() => imageFrom(payload), { code, message })
  })

describe('imageFrom, encoded images', () => {
  takes('a Buffer', png)
  takes('a Uint8Array', Uint8Array.from(png))
  takes('an ArrayBuffer', Uint8Array.from(png).buffer)
  takes(
    'a Uint8Array of another realm, as function nodes make them',
    runInNewContext('Uint8Array.from(png)', { png }),
  )
  takes('a Buffer as JSON writes it', JSON.parse(JSON.stringify(png)))
  takes('base64 text', base64)
  takes('base64 text without padding', base64.replace(/=+$/, ''))
  takes('base64 text in the alphabet for URLs', png.toString('base64url'))
  takes('base64 text in lines', wrapped)
  takes('base64 text between blanks', ` ${base64}\n`)
  takes('a data URL', dataUrl)
  takes('a data URL with parameters and another case', `DATA:image/png;name=a.png;BASE64,${base64}`)
  takes('JSON text with a data URL', JSON.stringify({ image: dataUrl }))
  takes('JSON text of a Buffer', JSON.stringify(png))
  takes('a Buffer of base64 text', Buffer.from(base64))
  takes('a Buffer of base64 text in lines', Buffer.from(wrapped))
  takes('a Buffer of a data URL', Buffer.from(dataUrl))
  takes('a Buffer of JSON text', Buffer.from(JSON.stringify({ camera: 3, image: base64 })))
  takes(
    'a Buffer of JSON text behind a byte order mark',
    Buffer.from(`\ufeff${JSON.stringify({ data: png })}`),
  )
  for (const name of ['image', 'data', 'payload', 'content', 'bytes']) {
    takes(`an object with a Buffer under ${name}`, { [name]: png })
    takes(`an object with base64 text under ${name}`, { [name]: base64 })
  }
  takes('a message within a message', { topic: 'x', payload: { image: dataUrl } })
  takes('an object with size but without channels as an encoded image', { data: png, width: 9, height: 7 })

  it('looks at image before data, and passes over what is null', () => {
    assert.deepEqual(encodedIn({ data: 'x', image: png }), png)
    assert.deepEqual(encodedIn({ data: png, image: null }), png)
  })

  it('does not copy bytes', () => {
    const input = imageFrom(png)
    assert.equal(input.data.buffer, png.buffer)
    assert.equal(input.data.byteOffset, png.byteOffset)
  })
})

describe('imageFrom, raw pixels', () => {
  const rgb = Buffer.from([...Array(2 * 3 * 3).keys()])
  const raw = { data: rgb, width: 2, height: 3, channels: 3 }

  it('are taken without a copy', () => {
    assert.deepEqual(imageFrom(raw), { kind: 'raw', ...raw })
    assert.equal(imageFrom(raw).data.buffer, rgb.buffer)
  })

  it('are taken with 16 bits a sample', () => {
    const data = new Uint16Array(6)
    const input = imageFrom({ data, width: 3, height: 2, channels: 1 })
    assert.ok(input.data instanceof Uint16Array)
    assert.equal(input.data.buffer, data.buffer)
  })

  it('are taken from another realm as arrays of this one, so that the engine can tell 8 from 16 bits', () => {
    const input = imageFrom(
      runInNewContext('({ data: Uint16Array.of(1, 2, 3, 4), width: 2, height: 2, channels: 1 })'),
    )
    assert.ok(input.data instanceof Uint16Array)
    assert.deepEqual([...input.data], [1, 2, 3, 4])
    const bytes = imageFrom(
      runInNewContext('({ data: Uint8Array.of(1, 2), width: 2, height: 1, channels: 1 })'),
    )
    assert.ok(bytes.data instanceof Uint8Array)
  })

  it('are taken from a canvas, whose bytes are clamped', () => {
    const data = Uint8ClampedArray.of(1, 2, 3, 255)
    const input = imageFrom({ data, width: 1, height: 1, channels: 4 })
    assert.deepEqual(input.data, Uint8Array.of(1, 2, 3, 255))
    assert.equal(input.data.buffer, data.buffer)
  })

  it('are taken from JSON, with their data as base64 or as a list of bytes', () => {
    for (const data of [rgb.toString('base64'), rgb])
      assert.deepEqual(Buffer.from(imageFrom(JSON.stringify({ ...raw, data })).data as Uint8Array), rgb)
  })

  refuses('one sample too few', { ...raw, data: rgb.subarray(1) }, 'IMAGE_RAW', /17 samples.*= 18/)
  refuses('16-bit samples in a Buffer', { ...raw, data: Buffer.alloc(36) }, 'IMAGE_RAW', /Uint16Array/)
  refuses('a width that is text', { ...raw, width: '2' }, 'IMAGE_RAW', /width is "2"/)
  refuses('a broken height', { ...raw, height: 3.5 }, 'IMAGE_RAW', /height is 3.5/)
  refuses('no rows', { ...raw, height: 0, data: Buffer.alloc(0) }, 'IMAGE_RAW', /height is 0/)
  refuses('five channels', { data: Buffer.alloc(5), width: 1, height: 1, channels: 5 }, 'IMAGE_RAW')
  refuses('floats', { ...raw, data: new Float32Array(18) }, 'IMAGE_TYPE', /Float32Array/)
  refuses('a plain list', { ...raw, data: [...rgb] }, 'IMAGE_TYPE', /array of 18/)
  refuses('text that is not base64', { ...raw, data: 'pixels!' }, 'IMAGE_TEXT')
})

describe('imageFrom, what is no image', () => {
  for (const nothing of [
    undefined,
    null,
    '',
    ' \n',
    Buffer.alloc(0),
    new ArrayBuffer(0),
    'data:image/png;base64,',
  ])
    refuses(`nothing (${JSON.stringify(nothing)})`, nothing, 'IMAGE_EMPTY')
  refuses('nothing in a message', { payload: '' }, 'IMAGE_EMPTY', /input\.payload/)

  refuses('a number', 42, 'IMAGE_TYPE', /number 42/)
  refuses('true', true, 'IMAGE_TYPE', /boolean true/)
  refuses('a function', () => png, 'IMAGE_TYPE', /function/)
  refuses('a list', [1, 2, 3], 'IMAGE_TYPE', /array of 3/)
  refuses('other numbers than bytes', new Float32Array(3), 'IMAGE_TYPE', /Float32Array/)
  refuses('a number under a known name', { image: 7 }, 'IMAGE_TYPE', /input\.image is the number 7/)
  for (const entry of [256, -1, 0.5, '1', null])
    refuses(
      `a Buffer in JSON with the entry ${JSON.stringify(entry)}`,
      { type: 'Buffer', data: [137, entry] },
      'IMAGE_TYPE',
      /entry 1/,
    )

  refuses('text', 'part 4711 is missing', 'IMAGE_TEXT', /"part 4711 is missing"/)
  refuses(
    'base64 with one foreign character in its middle',
    `${base64.slice(0, 40)}!${base64.slice(41)}`,
    'IMAGE_TEXT',
  )
  refuses('base64 with a letter that only looks like one', base64.replace('A', '\u0141'), 'IMAGE_TEXT')
  refuses('base64 cut to an impossible length', base64.replace(/=*$/, '').slice(0, 61), 'IMAGE_TEXT')
  refuses('base64 with too much padding', `${base64.replace(/=*$/, '').slice(0, 60)}=`, 'IMAGE_TEXT')
  refuses('base64 with padding in its middle', `QQ==${base64}`, 'IMAGE_TEXT')
  refuses('a data URL that is not base64', 'data:image/svg+xml,%3Csvg/%3E', 'IMAGE_TEXT', /data URL/)
  refuses('a data URL that does not say base64', `data:image/png,${base64}`, 'IMAGE_TEXT', /data URL/)
  refuses('a data URL without a comma', 'data:image/png;base64', 'IMAGE_TEXT', /data URL/)
  refuses('JSON cut short', '{"image": "iVBO', 'IMAGE_TEXT', /JSON/)
  refuses('JSON cut short in a Buffer', Buffer.from('{"image": "iVBO'), 'IMAGE_TEXT', /JSON/)

  refuses('an object without an image', { temperature: 20 }, 'IMAGE_CARRIER', /temperature/)
  refuses('an empty object', {}, 'IMAGE_CARRIER')
  refuses('an image too many messages deep', { image: { image: { image: { image: png } } } }, 'IMAGE_CARRIER')
  const endless: Record<string, unknown> = {}
  endless.payload = endless
  refuses('an object that contains itself', endless, 'IMAGE_CARRIER', /too deep/)

  refuses('text in a Buffer', Buffer.from('hello world'), 'IMAGE_FORMAT', /"hello wo"/)
  refuses('base64 of something else', Buffer.from('hello world').toString('base64'), 'IMAGE_FORMAT', /hello/)
  refuses('random bytes', Buffer.from([1, 2, 3, 4, 250]), 'IMAGE_FORMAT', /01020304fa/)
  refuses('a text that begins as a BMP file does', Buffer.from('BMW 3 series, left door'), 'IMAGE_FORMAT')
  for (const [name, start] of [
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['XML', '<?xml version="1.0"?><svg/>'],
    ['PDF', '%PDF-1.7\n'],
    ['HEIF', '\0\0\0\x18ftypheic'],
    ['a WAV sound, RIFF as WebP is', 'RIFF\0\0\0\0WAVEfmt '],
  ] as const)
    refuses(name, Buffer.from(start, 'latin1'), 'IMAGE_FORMAT')
})
