import assert from 'node:assert/strict'
import sharp from 'sharp'
import {
  decodeRle,
  encodeMask,
  type MaskEncoding,
  type MaskOptions,
} from '../../../inspection/masks/index.ts'
import type { Picture } from '../../../inspection/overlay/index.ts'
import { drawn, mapLike, pixelsOf } from '../masks.ts'

const mask = drawn('#...', '#..#', '....')
const source = { map: mapLike(mask), image: { width: 40, height: 20 } }
const picture: Picture = { kind: 'raw', data: new Uint8Array(800), width: 40, height: 20, channels: 1 }

const encode = (
  encoding: MaskEncoding,
  options: Partial<MaskOptions> = {},
  pictureOf: () => Promise<Picture> = async () => picture,
) => encodeMask(source, { encoding, pixelThreshold: 0.5, minArea: 0, ...options }, pictureOf)

const unasked = async (): Promise<Picture> => assert.fail('the picture was asked for')

describe('an encoded mask', () => {
  for (const encoding of ['png', 'rle', 'polygons', 'boxes', 'overlay'] as const)
    it(`as ${encoding} tells size and regions of the original image`, async () => {
      const { width, height, regions } = await encode(encoding)
      assert.deepEqual([width, height], [40, 20])
      assert.deepEqual(
        regions.map(({ bbox, peak }) => [bbox, peak.value]),
        [
          [[0, 0, 10, 13], 0.75],
          [[30, 7, 10, 6], 0.75],
        ],
      )
    })

  it('as png16 tells the size of the map, and the regions in pixels of the image', async () => {
    const encoded = await encode('png16')
    assert.deepEqual([encoded.width, encoded.height], [4, 3])
    assert.deepEqual(encoded.regions[0]!.bbox, [0, 0, 10, 13])
    assert.ok(encoded.encoding === 'png16')
    const { width, height, depth } = await sharp(encoded.data).metadata()
    assert.deepEqual([width, height, depth], [4, 3, 'ushort'])
  })

  it('shows the same pixels as PNG, as run lengths and in its boxes', async () => {
    const [png, rle, boxes] = [await encode('png'), await encode('rle'), await encode('boxes')]
    assert.ok(png.encoding === 'png' && rle.encoding === 'rle' && boxes.encoding === 'boxes')
    const expected = pixelsOf(mask, source.image)
    const pixels = await sharp(png.data).toColourspace('b-w').raw().toBuffer()
    assert.deepEqual(
      Uint8Array.from(pixels, (level) => level / 255),
      expected.data,
    )
    assert.deepEqual(decodeRle(rle.rle), expected)
    assert.deepEqual(
      boxes.boxes,
      boxes.regions.map(({ bbox }) => bbox),
    )
  })

  it('has one polygon for each region', async () => {
    const encoded = await encode('polygons')
    assert.ok(encoded.encoding === 'polygons')
    assert.equal(encoded.polygons.length, encoded.regions.length)
  })

  it('leaves out what is below the minimum area, in mask and regions', async () => {
    const encoded = await encode('rle', { minArea: 10 })
    assert.ok(encoded.encoding === 'rle')
    assert.equal(encoded.regions.length, 1)
    assert.equal(
      decodeRle(encoded.rle).data.reduce((sum, value) => sum + value, 0),
      encoded.regions[0]!.area,
    )
  })

  it('survives JSON where it is run lengths, polygons or boxes', async () => {
    for (const encoding of ['rle', 'polygons', 'boxes'] as const) {
      const encoded = await encode(encoding)
      assert.deepEqual(JSON.parse(JSON.stringify(encoded)), encoded)
    }
  })

  it('of a map and an overlay need no pixel threshold and then have no regions', async () => {
    for (const encoding of ['png16', 'overlay'] as const)
      assert.deepEqual((await encode(encoding, { pixelThreshold: null })).regions, [])
  })

  for (const encoding of ['png', 'rle', 'polygons', 'boxes'] as const)
    it(`as ${encoding} is refused without a pixel threshold`, async () => {
      await assert.rejects(encode(encoding, { pixelThreshold: null }), { code: 'MASK_OPTIONS' })
    })

  it('asks for the picture only where it is an overlay', async () => {
    for (const encoding of ['png', 'png16', 'rle', 'polygons', 'boxes'] as const)
      await encode(encoding, {}, unasked)
    await assert.rejects(encode('overlay', {}, unasked), /was asked for/)
  })
})
