import assert from 'node:assert/strict'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { DEFAULT_LIMITS, decodeImage } from '../../../engine/image/index.ts'
import type { ImageLimits } from '../../../engine/types.ts'

const decode = (data: Uint8Array, limits: Partial<ImageLimits> = {}) =>
  decodeImage({ kind: 'encoded', data }, { ...DEFAULT_LIMITS, ...limits })

const WIDTH = 160
const HEIGHT = 120
const noise = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 7919 + (i >> 5) * 31) & 0xff)
const picture = sharp(noise, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })

const files = {
  'baseline JPEG': await picture.clone().jpeg().toBuffer(),
  'progressive JPEG': await picture.clone().jpeg({ progressive: true }).toBuffer(),
  PNG: await picture.clone().png().toBuffer(),
  'lossy WebP': await picture.clone().webp().toBuffer(),
  'lossless WebP': await picture.clone().webp({ lossless: true }).toBuffer(),
  'uncompressed TIFF': await picture.clone().tiff({ compression: 'none' }).toBuffer(),
  'JPEG in TIFF': await picture.clone().tiff({ compression: 'jpeg' }).toBuffer(),
  GIF: await picture.clone().gif().toBuffer(),
}

/** One chunk of a PNG file (PNG 3rd edition, §5.3). */
const pngChunk = (type: string, data: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, crc])
}

/** A sound PNG file of 8-bit grey as far as its header goes; only its first row has pixels. */
const hollowPng = (width: number, height: number): Buffer => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc(width + 1))),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

describe('decodeImage, damaged files', () => {
  for (const [name, file] of Object.entries(files)) {
    it(`decodes the whole ${name} file`, async () => {
      assert.equal((await decode(file)).rgb.length, noise.length)
    })

    for (const [what, length] of [
      ['in its middle', Math.floor(file.length / 2)],
      ['shortly before its end', file.length - 20],
      ['in its header', 20],
    ] as const)
      it(`refuses a ${name} file cut off ${what}`, () =>
        assert.rejects(decode(file.subarray(0, length)), { code: 'IMAGE_DAMAGED' }))
  }

  for (const name of ['baseline JPEG', 'progressive JPEG', 'PNG', 'JPEG in TIFF'] as const)
    it(`refuses a ${name} file with a hole, which would else come out grey from there on`, async () => {
      const file = Buffer.from(files[name])
      const middle = Math.floor(file.length / 2)
      file.fill(0xff, middle, middle + 100)
      await assert.rejects(decode(file), { code: 'IMAGE_DAMAGED' })
    })

  it('says what the decoder said, on one line', async () => {
    await assert.rejects(decode(files['baseline JPEG'].subarray(0, 2000)), (error: Error) => {
      assert.match(error.message, /^IMAGE_DAMAGED: .*premature end.*$/i)
      assert.ok(error.cause instanceof Error)
      return true
    })
  })

  it('takes a file with something behind its end', async () => {
    const file = Buffer.concat([files['baseline JPEG'], Buffer.from('camera notes')])
    assert.deepEqual((await decode(file)).rgb, (await decode(files['baseline JPEG'])).rgb)
  })
})

describe('decodeImage, limits', () => {
  it('refuses a bomb of 100 megapixels by its header: its pixels are not even there', async () => {
    const bomb = hollowPng(10_000, 10_000)
    assert.ok(bomb.length < 200)
    await assert.rejects(decode(bomb), {
      code: 'IMAGE_TOO_LARGE',
      message: /10000 × 10000 = 100000000.*50000000.*maxMegapixels/,
    })
    // The same file within the limits is taken for what it is.
    await assert.rejects(decode(bomb, { maxPixels: 1e8 }), { code: 'IMAGE_DAMAGED' })
  })

  it('refuses more pixels than libvips itself would open', async () => {
    await assert.rejects(decode(hollowPng(60_000, 60_000)), { code: 'IMAGE_TOO_LARGE' })
  })

  it('refuses a real image of one pixel too many, whatever its format', async () => {
    for (const file of Object.values(files)) {
      await decode(file, { maxPixels: WIDTH * HEIGHT })
      await assert.rejects(decode(file, { maxPixels: WIDTH * HEIGHT - 1 }), { code: 'IMAGE_TOO_LARGE' })
    }
  })

  it('refuses one byte too many before it looks at any', async () => {
    const file = files.PNG
    await decode(file, { maxBytes: file.length })
    await assert.rejects(decode(file, { maxBytes: file.length - 1 }), {
      code: 'IMAGE_TOO_LARGE',
      message: /maxMegabytes/,
    })
    await assert.rejects(decode(Buffer.alloc(100, 'x'), { maxBytes: 99 }), { code: 'IMAGE_TOO_LARGE' })
  })

  it('holds raw pixels by their number, not by their bytes', async () => {
    const raw = { kind: 'raw', data: noise, width: WIDTH, height: HEIGHT, channels: 3 } as const
    assert.equal((await decodeImage(raw, { maxBytes: 1, maxPixels: WIDTH * HEIGHT })).format, 'raw')
    await assert.rejects(decodeImage(raw, { maxBytes: 1e9, maxPixels: WIDTH * HEIGHT - 1 }), {
      code: 'IMAGE_TOO_LARGE',
    })
  })
})
