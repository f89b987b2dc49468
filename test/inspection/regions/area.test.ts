import assert from 'node:assert/strict'
import { anomalousArea, pixelsNeeded } from '../../../inspection/regions/index.ts'
import { drawn, mapLike } from '../masks.ts'

const map = mapLike(drawn('##...', '##...', '....#', '.....'))

describe('the anomalous area of a map', () => {
  it('is the share of pixels at or above the threshold', () => {
    assert.equal(anomalousArea(map, { pixelThreshold: 0.5, minArea: 0 }), 0.25)
  })

  it('leaves out regions below the minimum area', () => {
    assert.equal(anomalousArea(map, { pixelThreshold: 0.5, minArea: 5.1 }), 0.2)
  })

  it('counts a region of exactly the minimum area', () => {
    assert.equal(anomalousArea(map, { pixelThreshold: 0.5, minArea: 20 }), 0.2)
    assert.equal(anomalousArea(map, { pixelThreshold: 0.5, minArea: 20.1 }), 0)
  })

  it('does not add regions up to reach the minimum area', () => {
    assert.equal(anomalousArea(map, { pixelThreshold: 0.5, minArea: 25 }), 0)
  })

  it('is nothing above the highest value and everything from the lowest on', () => {
    assert.equal(anomalousArea(map, { pixelThreshold: 0.8, minArea: 0 }), 0)
    assert.equal(anomalousArea(map, { pixelThreshold: 0.25, minArea: 100 }), 1)
  })

  it('is not taken of a map with a value that is not a number', () => {
    const broken = { ...map, data: map.data.with(3, Number.NaN) }
    assert.throws(() => anomalousArea(broken, { pixelThreshold: 0.5, minArea: 0 }), { code: 'MAP_INVALID' })
  })

  for (const options of [
    { pixelThreshold: 1.5, minArea: 0 },
    { pixelThreshold: 0.5, minArea: -1 },
    { pixelThreshold: 0.5, minArea: 101 },
    { pixelThreshold: 0.5, minArea: Number.NaN },
  ])
    it(`is refused with threshold ${options.pixelThreshold} and minimum area ${options.minArea}`, () =>
      assert.throws(() => anomalousArea(map, options), { code: 'MASK_OPTIONS' }))
})

describe('the pixels that a region needs', () => {
  it('are at least one', () => assert.equal(pixelsNeeded(0, 1000), 1))
  it('are rounded up', () => assert.equal(pixelsNeeded(0.5, 518 * 518), 1342))
  it('are not one more because of how percentages round in binary', () => {
    assert.equal(pixelsNeeded(0.07, 100_000), 70)
  })
})
