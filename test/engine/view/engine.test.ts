import assert from 'node:assert/strict'
import sharp from 'sharp'
import {
  type Engine,
  type ImageInput,
  type Inference,
  startEngine,
  type View,
} from '../../../engine/index.ts'
import { turn } from '../../../engine/view/turn.ts'
import { findRegions } from '../../../inspection/regions/index.ts'
import { nanoModelDir } from '../../../models/nano/location.ts'
import { concreteWall, SCRATCH } from '../../support/concrete.ts'
import { sample } from '../../support/samples.ts'

const encoded = (data: Uint8Array): ImageInput => ({ kind: 'encoded', data })
const highest = ({ map }: Inference): number => map.data.reduce((a, b) => Math.max(a, b))

/** The embedded model in the process that the package ships. */
describe('the embedded model with a view', function () {
  this.timeout(240_000)
  let engine: Engine
  before(() => {
    engine = startEngine({ model: nanoModelDir(), threads: 1 })
  })
  after(() => engine.close())

  const infer = (image: ImageInput, view?: View) => engine.infer({ image, ...(view ? { view } : {}) })

  it('of one tile that is the whole image gives what it gives without, bit for bit', async () => {
    const wide = await sharp(sample('gear-good.png')).resize(517, 301, { fit: 'fill' }).png().toBuffer()
    for (const image of [encoded(sample('leather-bad-perlin.png')), encoded(wide)]) {
      const plain = await infer(image)
      assert.equal(plain.view, undefined)
      for (const view of [
        { tiles: { columns: 1, rows: 1, overlap: 0 } },
        { region: [[0, 0, '100%', '100%']], score: 'mean' },
        { tiles: { size: 10_000, overlap: '10%' } },
      ] satisfies View[]) {
        const viewed = await infer(image, view)
        assert.equal(viewed.score, plain.score)
        assert.deepEqual(viewed.map, plain.map)
        assert.equal(viewed.view?.tiles.length, 1)
      }
    }
  })

  it('gives a turned image what it gives the image that somebody has turned, and the map as the image is', async () => {
    const upright = await sharp(sample('wood-bad-thread.png'))
      .resize(300, 200, { fit: 'fill' })
      .png()
      .toBuffer()
    for (const rotation of [90, 180, 270] as const) {
      const turned = await infer(encoded(await sharp(upright).rotate(rotation).png().toBuffer()))
      const viewed = await infer(encoded(upright), { rotation })
      assert.equal(viewed.score, turned.score)
      assert.deepEqual(turn(viewed.map, 1, rotation), turned.map)
    }
  })

  it('does not see a defect that is ignored, by shape or by mask, and still sees another one', async () => {
    const [first, second] = [
      encoded(sample('leather-bad-perlin.png')),
      encoded(sample('wood-bad-thread.png')),
    ]
    // The true defects: upper left corner of the leather, left edge of the wood.
    const ignore = [[0, 0, 85, 70]]
    const ignoreMask = await sharp({ create: { width: 320, height: 320, channels: 3, background: '#000' } })
      .composite([
        { input: { create: { width: 85, height: 70, channels: 3, background: '#fff' } }, left: 0, top: 0 },
      ])
      .png()
      .toBuffer()
    const alarms = (result: Inference): boolean => result.score >= 0.9 || highest(result) >= 0.5
    assert.ok(alarms(await infer(first)) && alarms(await infer(second)))
    const byShape = await infer(first, { ignore })
    const byMask = await infer(first, { ignoreMask })
    assert.equal(alarms(byShape), false, `${byShape.score}, ${highest(byShape)}`)
    assert.equal(byMask.score, byShape.score)
    assert.deepEqual(byMask.map, byShape.map)
    assert.notEqual(byMask.view?.key, byShape.view?.key)
    assert.ok(alarms(await infer(second, { ignore })))
  })

  it('finds no region in what is ignored, at the pixels of the image', async () => {
    const ignore = [
      [13, 17, 31, 29],
      [100, 100, 200, 140, 130, 220],
    ]
    for (const tiles of [undefined, { columns: 3, rows: 3, overlap: '10%' as const }]) {
      const image = encoded(sample('twill-bad-perlin.png'))
      const { map } = await infer(image, { ignore, ...(tiles ? { tiles } : {}) })
      // Everything counts that is above 0, so all but what is ignored.
      const { mask } = findRegions(
        map,
        { pixelThreshold: Number.MIN_VALUE, minArea: 0 },
        { width: 320, height: 320 },
      )
      const isFound = (x: number, y: number): boolean => {
        const column = mask.columns.findLastIndex((edge) => edge <= x)
        const row = mask.rows.findLastIndex((edge) => edge <= y)
        return mask.cells.data[row * mask.cells.width + column] === 1
      }
      for (let y = 17; y < 46; y++)
        for (let x = 13; x < 44; x++) assert.equal(isFound(x, y), false, `${x}, ${y}`)
      assert.equal(isFound(150, 140), false)
      assert.ok(isFound(80, 200) && isFound(300, 300) && isFound(12, 100))
    }
  })

  it('finds with tiles a scratch in twelve megapixels that it does not see without', async () => {
    const [good, scratched] = [await concreteWall(false), await concreteWall(true)]
    const tiles = { size: 500, overlap: '10%' } as const
    const whole = await infer(scratched)
    assert.ok(whole.score < 0.01 && highest(whole) < 0.05, `${whole.score}, ${highest(whole)}`)
    const clean = await infer(good, { tiles })
    const found = await infer(scratched, { tiles })
    assert.ok(clean.score < 0.1, `${clean.score}`)
    assert.ok(found.score > 0.9, `${found.score}`)
    assert.equal(found.view?.tiles.length, 63)
    assert.ok(found.map.width * found.map.height <= 1_000_000)
    // Where it is, in pixels of the image.
    const { regions } = findRegions(found.map, { pixelThreshold: 0.6, minArea: 0 }, found.image)
    const [left, top, width, height] = SCRATCH
    const { x, y } = regions[0]!.peak
    assert.ok(x > left - 30 && x < left + width + 30 && y > top - 30 && y < top + height + 30, `${x}, ${y}`)
  })

  it('fails an image whose view does not fit it alone, not its batch', async () => {
    const image = encoded(sample('nut-good.png'))
    const alone = await infer(image)
    const [first, outside, small, wrong, last] = await Promise.allSettled([
      infer(image),
      infer(image, { region: [[400, 0, 10, 10]] }),
      infer(image, { tiles: { columns: 400, rows: 1, overlap: 0 } }),
      infer(image, { rotation: 45 } as unknown as View),
      infer(image, { region: [[0, 0, '100%', '100%']] }),
    ])
    for (const settled of [outside, small, wrong]) {
      assert.equal(settled?.status, 'rejected')
      assert.equal((settled as PromiseRejectedResult).reason.code, 'IMAGE_VIEW')
    }
    for (const settled of [first, last]) {
      assert.equal(settled?.status, 'fulfilled')
      assert.ok(Math.abs((settled as PromiseFulfilledResult<Inference>).value.score - alone.score) < 1e-5)
    }
  })
})
