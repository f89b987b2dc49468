import assert from 'node:assert/strict'
import sharp from 'sharp'
import { eventOf, readEventSettings } from '../../inspection/event/index.ts'
import { decodeRle, encodeMask, maskSourceFrom } from '../../inspection/masks/index.ts'
import { decide } from '../../inspection/threshold/decide.ts'
import { readSettings } from '../../inspection/threshold/settings.ts'
import { EMPTY_STATE } from '../../inspection/threshold/state.ts'
import type { Anomaly } from '../../inspection/types.ts'
import { ANOMALY } from '../support/anomaly.ts'

/** The map that tiles of a camera with twelve megapixels give: not square, nearly a million values, one spot of 40 × 30. */
const [WIDTH, HEIGHT] = [1154, 866]
const SPOT = { x: 600, y: 400, width: 40, height: 30 }

const data = new Float32Array(WIDTH * HEIGHT)
for (let y = SPOT.y; y < SPOT.y + SPOT.height; y++)
  data.fill(0.8, y * WIDTH + SPOT.x, y * WIDTH + SPOT.x + SPOT.width)

const INSPECTED: Omit<Anomaly, 'verdict'> = {
  ...ANOMALY,
  map: { width: WIDTH, height: HEIGHT, data },
  image: { ...ANOMALY.image, width: 4000, height: 3000 },
  view: { key: '1a2b3c4d', rotation: 0, rule: 'max', share: 1, columns: 9, rows: 7, tiles: [] },
}

/** First pixel of the image that shows a column or row of the map. */
const edge = (cell: number, cells: number, pixels: number): number => Math.ceil((cell * pixels) / cells - 0.5)
const [LEFT, RIGHT] = [edge(SPOT.x, WIDTH, 4000), edge(SPOT.x + SPOT.width, WIDTH, 4000)]
const [TOP, BOTTOM] = [edge(SPOT.y, HEIGHT, 3000), edge(SPOT.y + SPOT.height, HEIGHT, 3000)]
const BOX = [LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP]

describe('a map put together from tiles', () => {
  const judged = (minArea: number): Anomaly => {
    const settings = readSettings({ score: 0.9, pixel: 0.5, minArea })
    const { verdict } = decide(settings, EMPTY_STATE, 'cam', INSPECTED)
    return { ...INSPECTED, verdict }
  }
  const area = (SPOT.width * SPOT.height) / (WIDTH * HEIGHT)

  it('is judged by the share of it that is anomalous', () => {
    const { verdict } = judged(100 * area)
    assert.deepEqual([verdict?.level, verdict?.area], ['alarm', area])
    assert.deepEqual(
      [judged(100 * area + 0.001).verdict?.level, judged(100 * area + 0.001).verdict?.area],
      ['ok', 0],
    )
  })

  const encoded = (encoding: 'png' | 'png16' | 'rle' | 'boxes' | 'polygons') => {
    const source = maskSourceFrom(judged(0.1))!
    return encodeMask(source, { encoding, pixelThreshold: 0.5, minArea: 0.1 }, () =>
      assert.fail('no overlay'),
    )
  }

  it('gives masks and regions in pixels of the image, the same in every encoding', async () => {
    const boxes = await encoded('boxes')
    assert.deepEqual(boxes.encoding === 'boxes' && boxes.boxes, [BOX])
    assert.equal(boxes.regions[0]!.area, BOX[2]! * BOX[3]!)
    const rle = await encoded('rle')
    assert.ok(rle.encoding === 'rle')
    const { data: mask } = decodeRle(rle.rle)
    const png = await encoded('png')
    assert.ok(png.encoding === 'png')
    const { data: grey, info } = await sharp(png.data)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true })
    assert.deepEqual([info.width, info.height, info.channels], [4000, 3000, 1])
    for (let y = 0; y < 3000; y += 7)
      for (let x = 0; x < 4000; x += 3) {
        const isIn = x >= LEFT && x < RIGHT && y >= TOP && y < BOTTOM
        if (mask[y * 4000 + x] !== Number(isIn) || grey[y * 4000 + x] !== 255 * Number(isIn))
          assert.fail(`${x}, ${y}`)
      }
    const polygons = await encoded('polygons')
    assert.deepEqual(polygons.encoding === 'polygons' && polygons.polygons, [
      { outer: [[LEFT, TOP, RIGHT, TOP, RIGHT, BOTTOM, LEFT, BOTTOM]], holes: [] },
    ])
  })

  it('is written as it is, in its own size, as a PNG of 16 bits', async () => {
    const png = await encoded('png16')
    assert.ok(png.encoding === 'png16')
    const { width, height } = await sharp(png.data).metadata()
    assert.deepEqual([png.width, png.height, width, height], [WIDTH, HEIGHT, WIDTH, HEIGHT])
  })

  it('becomes an event like any other', async () => {
    const event = eventOf(
      { anomaly: judged(0.1), mask: await encoded('boxes') },
      readEventSettings({}, '/box'),
    )
    assert.deepEqual([event.data.area, event.data.verdict.level], [area, 'alarm'])
    assert.deepEqual(
      event.data.regions?.map(({ bbox }) => bbox),
      [BOX],
    )
    assert.deepEqual([event.data.image.width, event.data.image.height], [4000, 3000])
  })
})
