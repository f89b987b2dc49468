import assert from 'node:assert/strict'
import { polygonsOf } from '../../../inspection/masks/polygons.ts'
import { findRegions } from '../../../inspection/regions/index.ts'
import type { Mask, RegionPolygon, Size } from '../../../inspection/types.ts'
import { drawn, mapLike, pixelsOf, randomMasks, sizesFor } from '../masks.ts'

const found = (mask: Mask, size: Size = mask) =>
  findRegions(mapLike(mask), { pixelThreshold: 0.5, minArea: 0 }, size)

const points = (ring: readonly number[]): (readonly [number, number])[] =>
  Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i]!, ring[2 * i + 1]!])

/** Even–odd rule at pixel centres: a pixel is in where a line to its left crosses an odd number of edges. */
const rasterised = (polygons: readonly RegionPolygon[], { width, height }: Size): Mask => {
  const data = new Uint8Array(width * height)
  for (const ring of polygons.flatMap(({ outer, holes }) => [...outer, ...holes]).map(points))
    for (const [index, [x, y]] of ring.entries()) {
      const [nextX, nextY] = ring[(index + 1) % ring.length]!
      if (x !== nextX) continue
      for (let row = Math.min(y, nextY); row < Math.max(y, nextY); row++)
        for (let column = x; column < width; column++) data[row * width + column]! ^= 1
    }
  return { width, height, data }
}

const area = (ring: readonly number[]): number =>
  points(ring).reduce((sum, [x, y], index, all) => {
    const [nextX, nextY] = all[(index + 1) % all.length]!
    return sum + (x * nextY - nextX * y) / 2
  }, 0)

describe('polygons', () => {
  it('run along the edges of pixels, clockwise outside and counter-clockwise around holes', () => {
    assert.deepEqual(polygonsOf(found(drawn('###', '#.#', '###'))), [
      { outer: [[0, 0, 3, 0, 3, 3, 0, 3]], holes: [[1, 1, 1, 2, 2, 2, 2, 1]] },
    ])
  })

  it('are in pixels of the original image', () => {
    assert.deepEqual(polygonsOf(found(drawn('.#', '..'), { width: 20, height: 10 })), [
      { outer: [[10, 0, 20, 0, 20, 5, 10, 5]], holes: [] },
    ])
  })

  it('of a region whose parts touch in corners only are simple rings, one a part', () => {
    assert.deepEqual(polygonsOf(found(drawn('#.', '.#'))), [
      {
        outer: [
          [1, 1, 2, 1, 2, 2, 1, 2],
          [0, 0, 1, 0, 1, 1, 0, 1],
        ],
        holes: [],
      },
    ])
  })

  it('lie in the order of the regions', () => {
    const map = { width: 5, height: 1, data: Float32Array.of(0.6, 0, 0.9, 0, 0.7) }
    const peaks = findRegions(map, { pixelThreshold: 0.5, minArea: 0 }, map)
    assert.deepEqual(
      polygonsOf(peaks).map(({ outer }) => outer[0]![0]),
      [2, 4, 0],
    )
  })

  it('filled give the mask back, whatever its size', () => {
    for (const mask of randomMasks(200, 7))
      for (const size of sizesFor(mask))
        assert.deepEqual(rasterised(polygonsOf(found(mask, size)), size), pixelsOf(mask, size))
  })

  it('enclose each the area of their region', () => {
    for (const mask of randomMasks(100, 8)) {
      const all = found(mask, { width: mask.width * 2 + 1, height: mask.height + 2 })
      for (const [index, { outer, holes }] of polygonsOf(all).entries()) {
        assert.ok(outer.every((ring) => area(ring) > 0) && holes.every((ring) => area(ring) < 0))
        assert.equal(
          [...outer, ...holes].reduce((sum, ring) => sum + area(ring), 0),
          all.regions[index]!.area,
        )
      }
    }
  })

  it('turn at every point and pass no point twice', () => {
    for (const mask of randomMasks(200, 9))
      for (const ring of polygonsOf(found(mask)).flatMap(({ outer, holes }) => [...outer, ...holes])) {
        const corners = points(ring)
        assert.equal(new Set(corners.map(String)).size, corners.length)
        for (const [index, [x, y]] of corners.entries()) {
          const [beforeX, beforeY] = corners.at(index - 1)!
          const [afterX, afterY] = corners[(index + 1) % corners.length]!
          assert.equal(beforeX === x, afterY === y)
          assert.equal(beforeY === y, afterX === x)
        }
      }
  })
})
