import assert from 'node:assert/strict'
import { anomalousArea, findRegions } from '../../../inspection/regions/index.ts'
import type { AnomalyMap } from '../../../inspection/types.ts'
import { drawn, mapLike, pixelsOf, randomMasks, sizesFor } from '../masks.ts'

const options = { pixelThreshold: 0.5, minArea: 0 }
const map = (width: number, height: number, ...values: number[]): AnomalyMap => ({
  width,
  height,
  data: Float32Array.from(values),
})

describe('regions', () => {
  it('are measured in pixels of the original image', () => {
    const small = map(2, 2, 0.125, 0.75, 0.125, 0.25)
    assert.deepEqual(findRegions(small, options, { width: 8, height: 4 }).regions, [
      { bbox: [4, 0, 4, 2], area: 8, share: 0.25, centroid: [6, 1], peak: { x: 6, y: 1, value: 0.75 } },
    ])
  })

  it('of one pixel have their centroid in its middle and their peak on it', () => {
    const [region] = findRegions(map(2, 1, 0, 1), options, { width: 2, height: 1 }).regions
    assert.deepEqual(region!.centroid, [1.5, 0.5])
    assert.deepEqual(region!.peak, { x: 1, y: 0, value: 1 })
  })

  it('come with the highest peak first, among equals the larger area', () => {
    const row = map(9, 1, 0.75, 0, 0.75, 0.625, 0, 0.875, 0, 0.5, 0.625)
    const { regions, labels } = findRegions(row, options, row)
    assert.deepEqual(
      regions.map(({ peak, area }) => [peak.value, area]),
      [
        [0.875, 1],
        [0.75, 2],
        [0.75, 1],
        [0.625, 2],
      ],
    )
    assert.deepEqual([...labels], [3, 0, 2, 2, 0, 1, 0, 4, 4])
  })

  it('below the minimum area of the map are in neither list nor mask', () => {
    const found = findRegions(
      mapLike(drawn('##...', '....#')),
      { pixelThreshold: 0.5, minArea: 15 },
      { width: 50, height: 20 },
    )
    assert.deepEqual(
      found.regions.map(({ area }) => area),
      [200],
    )
    assert.deepEqual(found.mask.cells, drawn('##...', '.....'))
  })

  it('count the same pixels as the verdict does, at the size of the map', () => {
    for (const mask of randomMasks(50, 3)) {
      const limits = { pixelThreshold: 0.5, minArea: 7 }
      const { regions } = findRegions(mapLike(mask), limits, mask)
      const area = anomalousArea(mapLike(mask), limits)
      assert.equal(
        regions.reduce((sum, region) => sum + region.area, 0),
        Math.round(area * mask.data.length),
      )
    }
  })

  it('measured on cells are those measured on every pixel of the enlarged map', () => {
    for (const mask of randomMasks(60, 4))
      for (const size of sizesFor(mask)) {
        const slow = findRegions(mapLike(pixelsOf(mask, size)), options, size).regions
        const quick = findRegions(mapLike(mask), options, size).regions
        assert.equal(quick.length, slow.length)
        for (const [index, { bbox, area, share, centroid }] of quick.entries()) {
          assert.deepEqual([bbox, area, share], [slow[index]!.bbox, slow[index]!.area, slow[index]!.share])
          for (const axis of [0, 1] as const)
            assert.ok(Math.abs(centroid[axis] - slow[index]!.centroid[axis]) < 1e-9)
        }
      }
  })

  it('of an image smaller than its map are split where the image shows a gap', () => {
    const { regions } = findRegions(mapLike(drawn('#..', '.#.', '..#')), options, { width: 2, height: 3 })
    assert.deepEqual(
      regions.map(({ bbox }) => bbox),
      [
        [0, 0, 1, 1],
        [1, 2, 1, 1],
      ],
    )
  })

  it('are none where the map stays below the threshold', () => {
    assert.deepEqual(findRegions(map(2, 1, 0.1, 0.2), options, { width: 20, height: 10 }).regions, [])
  })

  it('are not looked for in a map with a value that is not a number', () => {
    assert.throws(() => findRegions(map(2, 1, 1, Number.NaN), options, { width: 2, height: 1 }), {
      code: 'MAP_INVALID',
    })
  })
})
