import assert from 'node:assert/strict'
import { DEFAULT_LIMITS, decodeImage } from '../../../engine/image/index.ts'
import { type BmpFields, bmpFile } from './bmp-file.ts'

const decode = (file: Uint8Array, limits = DEFAULT_LIMITS) =>
  decodeImage({ kind: 'encoded', data: file }, limits)
const rgbOf = async (fields: BmpFields) => [...(await decode(bmpFile(fields))).rgb]

const RED = [255, 0, 0]
const GREEN = [0, 255, 0]
const BLUE = [0, 0, 255]
const WHITE = [255, 255, 255]
const PALETTE = [
  [0, 0, 255, 0], // red, as blue, green, red, unused
  [0, 255, 0, 0],
  [255, 0, 0, 0],
  [255, 255, 255, 0],
].flat()

const bits24: BmpFields = {
  width: 2,
  height: 2,
  bits: 24,
  rows: [
    [255, 0, 0, 255, 255, 255, 0, 0], // bottom: blue, white
    [0, 0, 255, 0, 255, 0, 0, 0], // top: red, green
  ],
}

describe('decodeImage, BMP', () => {
  it('reads 24 bits, the bottom row first', async () => {
    const { rgb, ...facts } = await decode(bmpFile(bits24))
    assert.deepEqual([...rgb], [...RED, ...GREEN, ...BLUE, ...WHITE])
    assert.deepEqual({ ...facts, sha256: '' }, { format: 'bmp', width: 2, height: 2, sha256: '' })
  })

  it('reads the top row first where the height is negative', async () => {
    assert.deepEqual(await rgbOf({ ...bits24, height: -2 }), [...BLUE, ...WHITE, ...RED, ...GREEN])
  })

  it('reads 1 bit a pixel, the highest bit leftmost, over several bytes', async () => {
    const rgb = await rgbOf({
      width: 10,
      height: 1,
      bits: 1,
      palette: PALETTE.slice(0, 8),
      rows: [[0b01000000, 0b10000000, 0, 0]],
    })
    assert.deepEqual(rgb, [...RED, ...GREEN, ...Array(6).fill(RED).flat(), ...GREEN, ...RED])
  })

  it('reads 4 bits a pixel, also where the width is odd', async () => {
    const rgb = await rgbOf({
      width: 3,
      height: 2,
      bits: 4,
      colours: 4,
      palette: PALETTE,
      rows: [
        [0x01, 0x20, 0, 0],
        [0x32, 0x10, 0, 0],
      ],
    })
    assert.deepEqual(rgb, [...WHITE, ...BLUE, ...GREEN, ...RED, ...GREEN, ...BLUE])
  })

  it('reads 8 bits a pixel with a full palette', async () => {
    const grey = [...Array(256).keys()].flatMap((value) => [value, value, value, 0])
    const rgb = await rgbOf({ width: 3, height: 1, bits: 8, palette: grey, rows: [[7, 128, 255, 0]] })
    assert.deepEqual(rgb, [7, 7, 7, 128, 128, 128, 255, 255, 255])
  })

  it('reads no more of a palette than pixels can name, whatever number of colours it claims', async () => {
    const palette = PALETTE.slice(0, 8)
    const fields = { width: 2, height: 1, bits: 1, palette, rows: [[0b01000000, 0, 0, 0]] }
    assert.deepEqual(await rgbOf({ ...fields, colours: 9 }), [...RED, ...GREEN])
  })

  it('reads 32 bits and drops alpha unblended', async () => {
    assert.deepEqual(
      await rgbOf({ width: 2, height: 1, bits: 32, rows: [[3, 2, 1, 0, 6, 5, 4, 255]] }),
      [1, 2, 3, 4, 5, 6],
    )
  })

  it('reads 32 bits by the masks in a longer header', async () => {
    const masks = [0xff, 0xff00, 0xff0000, 0xff000000]
    const fields = { width: 1, height: 1, bits: 32, rows: [[1, 2, 3, 4]], masks }
    for (const infoSize of [56, 108, 124])
      assert.deepEqual(
        await rgbOf({ ...fields, infoSize, compression: 3 }),
        [1, 2, 3],
        `header of ${infoSize}`,
      )
  })

  it('reads masks in the highest bit and behind the shortest header', async () => {
    const masks = [0xff000000, 0xff0000, 0xff00]
    assert.deepEqual(
      await rgbOf({ width: 1, height: 1, bits: 32, rows: [[9, 3, 2, 250]], masks, compression: 3 }),
      [250, 2, 3],
    )
  })

  it('takes a channel without a mask as 0', async () => {
    const masks = [0xff, 0, 0]
    assert.deepEqual(
      await rgbOf({ width: 1, height: 1, bits: 32, rows: [[9, 3, 2, 1]], masks, compression: 3 }),
      [9, 0, 0],
    )
  })

  it('stretches 5 and 6 bits to the full range', async () => {
    const white = { width: 2, height: 1, bits: 16, rows: [[0xff, 0xff, 0x10, 0x42]] }
    // 16 of 31 is 131, 16 of 63 is 64.
    assert.deepEqual(await rgbOf(white), [...WHITE, 131, 131, 131])
    const masks = [0xf800, 0x07e0, 0x001f]
    assert.deepEqual(await rgbOf({ ...white, rows: [[0xff, 0xff, 0x10, 0x82]], masks, compression: 3 }), [
      ...WHITE,
      131,
      64,
      131,
    ])
  })

  it('begins where the header says that pixels begin', async () => {
    assert.deepEqual(await rgbOf({ ...bits24, gap: 6 }), await rgbOf(bits24))
  })

  it('does without the padding of the last row', async () => {
    const file = bmpFile(bits24)
    assert.deepEqual((await decode(file.subarray(0, -2))).rgb, (await decode(file)).rgb)
  })

  const refuses = (what: string, file: Uint8Array, code: string, message = /./) =>
    it(`refuses ${what} with ${code}`, () => assert.rejects(decode(file), { code, message }))
  const patched = (offset: number, value: number) => {
    const file = bmpFile(bits24)
    file.writeUInt32LE(value, offset)
    return file
  }

  refuses(
    'a file that ends within its pixels',
    bmpFile(bits24).subarray(0, -3),
    'IMAGE_DAMAGED',
    /end at byte 68/,
  )
  refuses('a file that ends within its header', bmpFile(bits24).subarray(0, 30), 'IMAGE_DAMAGED', /30 bytes/)
  refuses('pixels that begin within the header', patched(10, 50), 'IMAGE_DAMAGED', /byte 50/)
  refuses('pixels that begin behind the file', patched(10, 0xffffffff), 'IMAGE_DAMAGED')
  refuses('a width of 0', patched(18, 0), 'IMAGE_DAMAGED', /0 × 2/)
  refuses('a negative width', patched(18, 0xfffffffe), 'IMAGE_DAMAGED', /-2 × 2/)
  refuses('a height of 0', patched(22, 0), 'IMAGE_DAMAGED', /2 × 0/)
  refuses("OS/2's header", patched(14, 12), 'IMAGE_FORMAT', /header of 12/)
  refuses('2 bits a pixel', bmpFile({ ...bits24, bits: 2 }), 'IMAGE_FORMAT', /2 bits/)
  refuses('run-length compression', bmpFile({ ...bits24, bits: 8, compression: 1 }), 'IMAGE_FORMAT', /RLE8/)
  refuses('an embedded PNG file', bmpFile({ ...bits24, compression: 5 }), 'IMAGE_FORMAT', /PNG/)
  refuses(
    'masks where pixels have 24 bits',
    bmpFile({ ...bits24, compression: 3 }),
    'IMAGE_FORMAT',
    /bit fields/,
  )
  refuses(
    'a colour that the palette does not have',
    bmpFile({ width: 1, height: 1, bits: 8, colours: 4, palette: PALETTE, rows: [[4, 0, 0, 0]] }),
    'IMAGE_DAMAGED',
    /colour 4 of a palette of 4/,
  )
  refuses(
    'a palette that reaches into the pixels',
    bmpFile({ width: 1, height: 1, bits: 8, colours: 5, palette: PALETTE, rows: [[0, 0, 0, 0]] }),
    'IMAGE_DAMAGED',
    /palette/,
  )
  refuses(
    'pixels that begin within the masks',
    bmpFile({ width: 1, height: 1, bits: 16, rows: [[0, 0]], compression: 3 }),
    'IMAGE_DAMAGED',
    /byte 54/,
  )
  refuses(
    'a mask in two pieces',
    bmpFile({ width: 1, height: 1, bits: 32, rows: [[0, 0, 0, 0]], masks: [0xf0f, 0, 0], compression: 3 }),
    'IMAGE_DAMAGED',
    /f0f/,
  )
  refuses(
    '100 megapixels announced by 70 bytes',
    bmpFile({ ...bits24, width: 10_000, height: -10_000 }),
    'IMAGE_TOO_LARGE',
    /10000 × 10000/,
  )
  refuses(
    'the largest size that a header can hold',
    bmpFile({ ...bits24, width: 2 ** 31 - 1, height: -(2 ** 31) }),
    'IMAGE_TOO_LARGE',
  )
})
