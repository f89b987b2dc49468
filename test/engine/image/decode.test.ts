import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { DEFAULT_LIMITS, decodeImage } from '../../../engine/image/index.ts'
import type { ImageInput } from '../../../engine/types.ts'

const decode = (data: Uint8Array) => decodeImage({ kind: 'encoded', data }, DEFAULT_LIMITS)
const rgbOf = async (data: Uint8Array) => (await decode(data)).rgb

const WIDTH = 31
const HEIGHT = 23
const PIXELS = WIDTH * HEIGHT
/** Every byte value, in no order that a filter would like. */
const samples = (channels: number) =>
  Uint8Array.from({ length: PIXELS * channels }, (_, i) => (i * 7919 + (i >> 3)) & 0xff)
const samples16 = (channels: number) =>
  Uint16Array.from({ length: PIXELS * channels }, (_, i) => (i * 40_503) & 0xffff)
const picture = (data: Uint8Array | Uint16Array, channels: 1 | 2 | 3 | 4) =>
  sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels } })
const greyToRgb = (grey: ArrayLike<number>, channels = 1) =>
  Uint8Array.from({ length: PIXELS * 3 }, (_, i) => grey[Math.floor(i / 3) * channels])
const withoutAlpha = (rgba: Uint8Array) => rgba.filter((_, i) => i % 4 !== 3)
const highBytes = (wide: Uint16Array) => Uint8Array.from(wide, (value) => value >> 8)

const rgb = samples(3)

describe('decodeImage, encoded files', () => {
  it('calls a file without bytes empty, not a file of an unknown format', () =>
    assert.rejects(decode(new Uint8Array()), { code: 'IMAGE_EMPTY' }))

  for (const [format, encoded] of Object.entries({
    png: picture(rgb, 3).png(),
    tiff: picture(rgb, 3).tiff({ compression: 'lzw' }),
    webp: picture(rgb, 3).webp({ lossless: true }),
  }))
    it(`gives exactly the pixels of a ${format} file`, async () => {
      const file = await encoded.toBuffer()
      const sha256 = createHash('sha256').update(file).digest('hex')
      const { rgb: found, ...facts } = await decode(file)
      assert.deepEqual(Buffer.from(found), Buffer.from(rgb))
      assert.deepEqual(facts, { width: WIDTH, height: HEIGHT, format, sha256 })
    })

  for (const [what, progressive] of [
    ['a baseline', false],
    ['a progressive', true],
  ] as const)
    it(`reads ${what} JPEG file`, async () => {
      const flat = picture(new Uint8Array(PIXELS * 3).fill(90), 3)
      const { format, rgb: found } = await decode(await flat.jpeg({ quality: 95, progressive }).toBuffer())
      assert.equal(format, 'jpeg')
      assert.ok(found.every((value) => Math.abs(value - 90) <= 1))
    })

  it('takes the first frame of a GIF file', async () => {
    const frames = Buffer.concat([Buffer.alloc(PIXELS * 3, 255), Buffer.alloc(PIXELS * 3, 0)])
    const raw = { width: WIDTH, height: HEIGHT * 2, channels: 3, pageHeight: HEIGHT } as const
    const { rgb: found, ...facts } = await decode(await sharp(frames, { raw }).gif().toBuffer())
    assert.deepEqual({ ...facts, sha256: '' }, { width: WIDTH, height: HEIGHT, format: 'gif', sha256: '' })
    assert.ok(found.length === PIXELS * 3 && found.every((value) => value === 255))
  })

  it('ignores an embedded colour profile', async () => {
    const file = await picture(rgb, 3).withIccProfile('p3').png().toBuffer()
    assert.ok((await sharp(file).metadata()).hasProfile)
    // What is stored, not what the profile would make of it.
    const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer()
    assert.notDeepEqual(stored, await sharp(file).raw().toBuffer())
    assert.deepEqual(await rgbOf(file), stored)
  })

  it('gives grey three times', async () => {
    const grey = samples(1)
    const file = await picture(grey, 1).toColourspace('b-w').png().toBuffer()
    assert.equal((await sharp(file).metadata()).channels, 1)
    assert.deepEqual(Buffer.from(await rgbOf(file)), Buffer.from(greyToRgb(grey)))
  })

  it('drops the alpha of grey unblended', async () => {
    const grey = samples(2)
    const file = await picture(grey, 2).toColourspace('b-w').png().toBuffer()
    assert.equal((await sharp(file).metadata()).channels, 2)
    assert.deepEqual(Buffer.from(await rgbOf(file)), Buffer.from(greyToRgb(grey, 2)))
  })

  it('drops the alpha of RGB unblended, also where it is fully transparent', async () => {
    const rgba = samples(4).map((value, i) => (i % 8 === 3 ? 0 : value))
    for (const file of [
      await picture(rgba, 4).png().toBuffer(),
      await picture(rgba, 4).tiff({ compression: 'none' }).toBuffer(),
    ])
      assert.deepEqual(Buffer.from(await rgbOf(file)), Buffer.from(withoutAlpha(rgba)))
  })

  it('takes the high byte of 16-bit RGB', async () => {
    const wide = samples16(3)
    for (const encoded of [
      picture(wide, 3).toColourspace('rgb16').png(),
      picture(wide, 3).toColourspace('rgb16').tiff({ compression: 'none' }),
    ]) {
      const file = await encoded.toBuffer()
      assert.equal((await sharp(file).metadata()).depth, 'ushort')
      assert.deepEqual(Buffer.from(await rgbOf(file)), Buffer.from(highBytes(wide)))
    }
  })

  it('takes the high byte of 16-bit grey', async () => {
    const wide = samples16(1)
    const file = await picture(wide, 1).toColourspace('grey16').png().toBuffer()
    assert.equal((await sharp(file).metadata()).space, 'grey16')
    assert.deepEqual(Buffer.from(await rgbOf(file)), Buffer.from(greyToRgb(highBytes(wide))))
  })

  it('looks up the colours of a palette', async () => {
    const colours = [10, 20, 30, 200, 150, 100, 0, 255, 7]
    const flat = Uint8Array.from(
      { length: PIXELS * 3 },
      (_, i) => colours[(Math.floor(i / 3) % 3) * 3 + (i % 3)],
    )
    const file = await picture(flat, 3).png({ palette: true, colours: 4, dither: 0 }).toBuffer()
    assert.ok((await sharp(file).metadata()).isPalette)
    assert.deepEqual(Buffer.from(await rgbOf(file)), Buffer.from(flat))
  })

  it('turns CMYK into RGB by the plain formula, not through a printing profile', async () => {
    const file = await picture(rgb, 3)
      .toColourspace('cmyk')
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer()
    const { space } = await sharp(file).metadata()
    assert.equal(space, 'cmyk')
    const cmyk = await sharp(file).pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer()
    const expected = Uint8Array.from({ length: PIXELS * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3) * 4
      const light = 255 - cmyk[pixel + 3]
      return light - Math.floor((cmyk[pixel + (i % 3)] * light) / 255 + 0.5)
    })
    assert.deepEqual(Buffer.from(await rgbOf(file)), Buffer.from(expected))
  })

  it('reads an image of one pixel', async () => {
    const one = sharp(Buffer.from([1, 2, 3]), { raw: { width: 1, height: 1, channels: 3 } })
    assert.deepEqual([...(await rgbOf(await one.png().toBuffer()))], [1, 2, 3])
  })

  it('reads images that are very long and thin', async () => {
    for (const [width, height] of [
      [20_000, 1],
      [1, 20_000],
    ] as const) {
      const line = sharp({ create: { width, height, channels: 3, background: '#0a141e' } })
      const found = await decode(await line.png().toBuffer())
      assert.deepEqual([found.width, found.height, found.rgb.length], [width, height, 60_000])
      assert.deepEqual([...found.rgb.subarray(-3)], [10, 20, 30])
    }
  })

  it('refuses samples that are no 8- or 16-bit picture', async () => {
    const file = await picture(rgb, 3).toColourspace('scrgb').tiff({ compression: 'none' }).toBuffer()
    assert.equal((await sharp(file).metadata()).depth, 'float')
    await assert.rejects(decode(file), { code: 'IMAGE_FORMAT', message: /float/ })
  })

  it('refuses CMYK with 16 bits', async () => {
    const file = await picture(samples16(3), 3)
      .toColourspace('rgb16')
      .withIccProfile('cmyk')
      .tiff({ compression: 'none' })
      .toBuffer()
    const { space, depth } = await sharp(file).metadata()
    assert.deepEqual([space, depth], ['cmyk', 'ushort'])
    await assert.rejects(decode(file), { code: 'IMAGE_FORMAT', message: /cmyk.*ushort/ })
  })

  it('refuses bytes of no known format, whoever sends them', async () => {
    await assert.rejects(decode(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), {
      code: 'IMAGE_FORMAT',
    })
  })
})

describe('decodeImage, EXIF orientation', () => {
  // Two rows of three: where each of the six numbers stands once the image is upright (EXIF 2.32, tag 0x0112).
  const upright: Record<number, readonly (readonly number[])[]> = {
    1: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    2: [
      [3, 2, 1],
      [6, 5, 4],
    ],
    3: [
      [6, 5, 4],
      [3, 2, 1],
    ],
    4: [
      [4, 5, 6],
      [1, 2, 3],
    ],
    5: [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
    6: [
      [4, 1],
      [5, 2],
      [6, 3],
    ],
    7: [
      [6, 3],
      [5, 2],
      [4, 1],
    ],
    8: [
      [3, 6],
      [2, 5],
      [1, 4],
    ],
  }
  /** Blocks of 16 pixels, so that JPEG keeps them apart. */
  const BLOCK = 16
  const stored = Buffer.alloc(6 * BLOCK * BLOCK * 3)
  for (let y = 0; y < 2 * BLOCK; y++)
    for (let x = 0; x < 3 * BLOCK; x++)
      stored.fill(
        40 * (1 + Math.floor(x / BLOCK) + 3 * Math.floor(y / BLOCK)),
        (y * 3 * BLOCK + x) * 3,
        (y * 3 * BLOCK + x + 1) * 3,
      )
  const source = sharp(stored, { raw: { width: 3 * BLOCK, height: 2 * BLOCK, channels: 3 } })

  for (const [orientation, rows] of Object.entries(upright))
    it(`${orientation} is applied`, async () => {
      const file = await source
        .clone()
        .withMetadata({ orientation: Number(orientation) })
        .jpeg({ quality: 95 })
        .toBuffer()
      const { width, height, rgb: found } = await decode(file)
      assert.deepEqual([width, height], [rows[0].length * BLOCK, rows.length * BLOCK])
      const centre = (column: number, row: number) =>
        found[((row * BLOCK + 8) * width + column * BLOCK + 8) * 3]
      assert.deepEqual(
        rows.map((row, y) => row.map((_, x) => Math.round(centre(x, y) / 40))),
        rows,
      )
    })
})

describe('decodeImage, raw pixels', () => {
  const decodeRaw = (data: Uint8Array | Uint16Array, channels: number) =>
    decodeImage({ kind: 'raw', data, width: WIDTH, height: HEIGHT, channels } as ImageInput, DEFAULT_LIMITS)

  it('of 8-bit RGB are taken as they are, with the sha256 of their bytes', async () => {
    const sha256 = createHash('sha256').update(rgb).digest('hex')
    assert.deepEqual(await decodeRaw(rgb, 3), { width: WIDTH, height: HEIGHT, format: 'raw', sha256, rgb })
  })

  it('of grey, with alpha or without, become RGB', async () => {
    assert.deepEqual((await decodeRaw(samples(1), 1)).rgb, greyToRgb(samples(1)))
    assert.deepEqual((await decodeRaw(samples(2), 2)).rgb, greyToRgb(samples(2), 2))
  })

  it('of RGBA lose their alpha unblended', async () => {
    assert.deepEqual((await decodeRaw(samples(4), 4)).rgb, withoutAlpha(samples(4)))
  })

  it('of 16 bits give their high byte, with the sha256 of both', async () => {
    const wide = samples16(3)
    const { rgb: found, sha256 } = await decodeRaw(wide, 3)
    assert.deepEqual(found, highBytes(wide))
    assert.equal(sha256, createHash('sha256').update(wide).digest('hex'))
    assert.deepEqual((await decodeRaw(samples16(1), 1)).rgb, greyToRgb(highBytes(samples16(1))))
  })

  it('of another number than announced are refused here as well', async () => {
    await assert.rejects(decodeRaw(rgb.subarray(3), 3), { code: 'IMAGE_RAW' })
  })
})
