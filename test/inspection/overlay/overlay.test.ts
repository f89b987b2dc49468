import assert from 'node:assert/strict'
import sharp from 'sharp'
import { coloursOf } from '../../../inspection/overlay/colour-maps.ts'
import {
  encodeOverlay,
  OVERLAY_DEFAULTS,
  type OverlayOptions,
  type Picture,
} from '../../../inspection/overlay/index.ts'
import { findRegions } from '../../../inspection/regions/index.ts'
import type { AnomalyMap, Size } from '../../../inspection/types.ts'

const GREY = 120
const image: Size = { width: 80, height: 40 }
const flat = sharp({ create: { ...image, channels: 3, background: { r: GREY, g: GREY, b: GREY } } })
/** Normal on the left, certainly anomalous on the right. */
const map: AnomalyMap = { width: 4, height: 1, data: Float32Array.of(0, 0, 1, 1) }
const plain: OverlayOptions = { ...OVERLAY_DEFAULTS, quality: 100, marks: 'none' }

const overlay = async (
  picture: Picture,
  options: OverlayOptions = plain,
  content: { map?: AnomalyMap; image?: Size; pixelThreshold?: number | null } = {},
) => {
  const { pixelThreshold = 0.5 } = content
  const of = { map, image, ...content, pixelThreshold }
  const found = pixelThreshold === null ? null : findRegions(of.map, { pixelThreshold, minArea: 0 }, of.image)
  const jpeg = await encodeOverlay(picture, { ...of, found }, options)
  const { format } = await sharp(jpeg).metadata()
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ]
  return { format, width: info.width, height: info.height, at, bytes: jpeg.length }
}

/** JPEG at quality 100 moves flat colours by a level or two. */
const near = (found: number[], expected: readonly number[]): void =>
  assert.ok(
    found.every((level, channel) => Math.abs(level - expected[channel]!) <= 4),
    `${found} is not near ${expected}`,
  )

const encoded = async (pipeline = flat): Promise<Picture> => ({
  kind: 'encoded',
  data: await pipeline.clone().png().toBuffer(),
})

describe('an overlay', () => {
  it('is a JPEG of the size of the image', async () => {
    const { format, width, height } = await overlay(await encoded())
    assert.deepEqual({ format, width, height }, { format: 'jpeg', ...image })
  })

  it('leaves normal parts as they are and blends the colour in where the map is high', async () => {
    const { at } = await overlay(await encoded())
    near(at(5, 20), [GREY, GREY, GREY])
    const highest = [...coloursOf('inferno').subarray(3 * 255)]
    near(
      at(75, 20),
      highest.map((level) => (level + GREY) / 2),
    )
  })

  it('shows the colours alone at opacity 1 and the image alone at opacity 0', async () => {
    const [opaque, clear] = await Promise.all(
      [1, 0].map(async (opacity) => overlay(await encoded(), { ...plain, opacity, colourMap: 'viridis' })),
    )
    near(opaque!.at(75, 20), [...coloursOf('viridis').subarray(3 * 255)])
    near(clear!.at(75, 20), [GREY, GREY, GREY])
  })

  it('begins to colour at half of the pixel threshold and without one from 0 on', async () => {
    const low = { ...map, data: new Float32Array(4).fill(0.3) }
    const strict = await overlay(await encoded(), plain, { map: low, pixelThreshold: 0.6 })
    near(strict.at(40, 20), [GREY, GREY, GREY])
    const open = await overlay(await encoded(), plain, { map: low, pixelThreshold: null })
    assert.ok(Math.abs(open.at(40, 20)[2]! - GREY) < Math.abs(open.at(40, 20)[1]! - GREY), 'tinted')
  })

  it('at a threshold of 0 colours everything', async () => {
    const { at } = await overlay(await encoded(), { ...plain, opacity: 1 }, { pixelThreshold: 0 })
    near(at(5, 20), [0, 0, 4])
  })

  it('draws white outlines in black where they are asked for', async () => {
    const { at } = await overlay(await encoded(), { ...plain, opacity: 0, marks: 'outlines' })
    const edge = [38, 39, 40, 41].map((x) => at(x, 20)[0]!)
    assert.ok(Math.max(...edge) > GREY + 20, `a light line among ${edge}`)
    assert.ok(Math.min(...edge) < GREY - 25, `a dark casing among ${edge}`)
    near(at(20, 20), [GREY, GREY, GREY])
  })

  it('lines up with an image that EXIF says to turn', async () => {
    const upright = await sharp({ create: { width: 40, height: 80, channels: 3, background: 'black' } })
      .composite([
        { input: { create: { width: 40, height: 40, channels: 3, background: 'white' } }, gravity: 'north' },
      ])
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer()
    // Orientation 6: turned clockwise to be shown, so what is stored on top comes to the right.
    const { width, height, at } = await overlay({ kind: 'encoded', data: upright }, { ...plain, opacity: 0 })
    assert.deepEqual([width, height], [80, 40])
    near(at(5, 20), [0, 0, 0])
    near(at(75, 20), [255, 255, 255])
  })

  for (const [kind, make] of [
    ['16-bit grey PNG', async () => encoded(flat.clone().toColourspace('grey16'))],
    [
      'grey JPEG',
      async () => ({
        kind: 'encoded',
        data: await flat.clone().greyscale().jpeg({ quality: 100 }).toBuffer(),
      }),
    ],
    [
      'CMYK TIFF',
      async () => ({ kind: 'encoded', data: await flat.clone().toColourspace('cmyk').tiff().toBuffer() }),
    ],
    [
      'raw grey of 8 bits',
      async () => ({ kind: 'raw', data: new Uint8Array(3200).fill(GREY), ...image, channels: 1 }),
    ],
    [
      'raw RGB of 16 bits',
      async () => ({ kind: 'raw', data: new Uint16Array(9600).fill(GREY * 257), ...image, channels: 3 }),
    ],
  ] as const satisfies readonly (readonly [string, () => Promise<Picture>])[])
    it(`takes ${kind}`, async () => {
      const { at } = await overlay(await make(), { ...plain, opacity: 0 })
      const [red, green, blue] = at(10, 10) as [number, number, number]
      for (const level of [red, green, blue]) assert.ok(Math.abs(level - GREY) <= 16, `${[red, green, blue]}`)
    })

  it('drops alpha without blending it, as the model does not see it', async () => {
    const data = new Uint8Array(80 * 40 * 4).fill(GREY).map((value, i) => (i % 4 === 3 ? 0 : value))
    const { at } = await overlay({ kind: 'raw', data, ...image, channels: 4 }, { ...plain, opacity: 0 })
    near(at(10, 10), [GREY, GREY, GREY])
  })

  it('is smaller at lower quality', async () => {
    const noise = sharp({
      create: {
        ...image,
        channels: 3,
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
        background: 'grey',
      },
    })
    const picture = await encoded(noise)
    const [fine, rough] = [await overlay(picture), await overlay(picture, { ...plain, quality: 20 })]
    assert.ok(rough.bytes < fine.bytes / 2)
  })

  it('is not laid over an image of another size', async () => {
    const other = await encoded(flat.clone().resize(40, 20))
    await assert.rejects(overlay(other), { code: 'MASK_IMAGE_SIZE' })
    const raw: Picture = { kind: 'raw', data: new Uint8Array(6), width: 2, height: 1, channels: 3 }
    await assert.rejects(overlay(raw), { code: 'MASK_IMAGE_SIZE' })
  })

  it('is not laid over a file that is no image or is cut off', async () => {
    await assert.rejects(overlay({ kind: 'encoded', data: Buffer.from('no image') }), {
      code: 'IMAGE_DAMAGED',
    })
    const { data } = await encoded()
    await assert.rejects(overlay({ kind: 'encoded', data: data.subarray(0, data.length / 2) as Buffer }), {
      code: 'IMAGE_DAMAGED',
    })
  })

  for (const wrong of [
    { opacity: 1.1 },
    { opacity: Number.NaN },
    { quality: 0 },
    { quality: 80.5 },
    { quality: 101 },
  ])
    it(`is refused with ${JSON.stringify(wrong)}`, async () => {
      await assert.rejects(overlay(await encoded(), { ...plain, ...wrong }), { code: 'MASK_OPTIONS' })
    })

  it('is not made of a map with a value that is not a number', async () => {
    const broken = { ...map, data: map.data.with(0, Number.NaN) }
    await assert.rejects(overlay(await encoded(), plain, { map: broken, pixelThreshold: null }), {
      code: 'MAP_INVALID',
    })
  })
})
