import assert from 'node:assert/strict'
import { blender } from '../../../engine/view/blend.ts'
import { rampsOf } from '../../../engine/view/ramps.ts'
import { type Grid, gridOver } from '../../../engine/view/tiles.ts'
import type { Tiles } from '../../../engine/view/types.ts'

const GRIDS: readonly (Tiles | undefined)[] = [
  undefined,
  { columns: 3, rows: 2, overlap: 0 },
  { columns: 4, rows: 3, overlap: '10%' },
  { columns: 5, rows: 4, overlap: '50%' },
  { size: 100, overlap: '25%' },
  { size: 333, overlap: 40 },
  { size: 200, overlap: '50%' },
]

const gridOf = (width: number, height: number, tiles: Tiles | undefined): Grid =>
  gridOver({ x: 0, y: 0, width, height }, tiles)

const blended = (
  size: { width: number; height: number },
  tiles: Tiles | undefined,
  side: number,
  mapOf: (column: number, row: number) => Float32Array,
) => {
  const grid = gridOf(size.width, size.height, tiles)
  const { add, map } = blender(grid, size, side)
  for (let row = 0; row < grid.rows.starts.length; row++)
    for (let column = 0; column < grid.columns.starts.length; column++) add(column, row, mapOf(column, row))
  return map
}

describe('the map of several tiles', () => {
  it('has weights of the tiles that sum to 1 at every pixel', () => {
    for (const tiles of GRIDS) {
      const { columns } = gridOf(640, 480, tiles)
      for (const size of [97, 224, 640]) {
        const sums = new Float64Array(size)
        for (const { first, weights } of rampsOf(columns, { extent: 640, size, count: 224 }))
          weights.forEach((weight, index) => {
            assert.ok(weight >= 0 && weight <= 1)
            sums[first + index]! += weight
          })
        for (const sum of sums) assert.ok(Math.abs(sum - 1) < 1e-12, `${JSON.stringify(tiles)}: ${sum}`)
      }
    }
  })

  it('is constant where every tile is', () => {
    for (const tiles of GRIDS)
      for (const size of [
        { width: 640, height: 480 },
        { width: 1250, height: 900 },
        { width: 70, height: 90 },
      ]) {
        const { data } = blended(size, tiles, 24, () => new Float32Array(24 * 24).fill(0.3))
        for (const value of data)
          assert.ok(Math.abs(value - Math.fround(0.3)) < 1e-6, `${JSON.stringify(tiles)}: ${value}`)
      }
  })

  it('of a single tile over the whole image is that of the tile, bit for bit', () => {
    const drawn = Float32Array.from({ length: 224 * 224 }, (_, i) => (Math.sin(i * i) + 1) / 2)
    for (const [width, height] of [
      [224, 224],
      [4000, 3000],
      [321, 97],
      [31, 33],
    ] as const) {
      const { data, ...size } = blended({ width, height }, undefined, 224, () => drawn)
      assert.deepEqual(size, { width: 224, height: 224 })
      assert.deepEqual(data, drawn)
    }
  })

  it('goes from one tile to the next in a straight line over their overlap', () => {
    // Two tiles of 60 pixels over 100: 20 overlap, from 40 to 60.
    const map = blended({ width: 100, height: 60 }, { columns: 2, rows: 1, overlap: 20 }, 60, (column) =>
      new Float32Array(60 * 60).fill(column),
    )
    assert.deepEqual([map.width, map.height], [100, 60])
    for (let x = 0; x < 100; x++)
      assert.ok(Math.abs(map.data[x]! - Math.min(1, Math.max(0, (x + 0.5 - 40) / 20))) < 1e-6, `at ${x}`)
  })

  it('shows a tile where the tile lies in the image', () => {
    const map = blended({ width: 300, height: 200 }, { columns: 3, rows: 2, overlap: 0 }, 50, (column, row) =>
      new Float32Array(50 * 50).fill((1 + column + 3 * row) / 10),
    )
    const at = (x: number, y: number) =>
      map.data[Math.floor((y * map.height) / 200) * map.width + Math.floor((x * map.width) / 300)]!
    for (const [x, y, expected] of [
      [10, 10, 0.1],
      [150, 20, 0.2],
      [290, 90, 0.3],
      [50, 150, 0.4],
      [150, 110, 0.5],
      [250, 190, 0.6],
    ] as const)
      assert.ok(Math.abs(at(x, y) - expected) < 1e-6, `${x}, ${y}: ${at(x, y)}`)
  })

  it('is as fine as the tiles, not finer than the image, and never larger than a million pixels', () => {
    const sizeOf = (width: number, height: number, tiles: Tiles, side: number) => {
      const { map } = blender(gridOf(width, height, tiles), { width, height }, side)
      return [map.width, map.height]
    }
    assert.deepEqual(sizeOf(1000, 800, { size: 500, overlap: 0 }, 224), [448, 358])
    assert.deepEqual(sizeOf(320, 240, { columns: 4, rows: 3, overlap: 0 }, 224), [320, 240])
    const [width, height] = sizeOf(8000, 6000, { size: 518, overlap: 0 }, 518) as [number, number]
    assert.ok(width * height <= 1_000_000 && width * height > 990_000)
    assert.ok(Math.abs(width / height - 8 / 6) < 0.01)
  })

  it('does not lose a single hot pixel of a tile when it is coarser than the tiles', () => {
    const side = 97
    const tiles = { columns: 16, rows: 12, overlap: 0 }
    const { add, map } = blender(gridOf(16_000, 12_000, tiles), { width: 16_000, height: 12_000 }, side)
    assert.ok(map.width < 16 * side)
    // Those on the border of a tile may lie under a pixel that is the next one's.
    for (let spot = 1; spot < side - 1; spot++) {
      const hot = new Float32Array(side * side)
      hot[spot * side + ((7 * spot) % (side - 2)) + 1] = 1
      map.data.fill(0)
      add(7, 5, hot)
      assert.equal(
        map.data.reduce((a, b) => Math.max(a, b)),
        1,
      )
    }
  })

  it('does not lose a single NaN of a tile when it is coarser than the tiles', () => {
    const side = 97
    const { add, map } = blender(
      gridOf(16_000, 12_000, { columns: 16, rows: 12, overlap: 0 }),
      { width: 16_000, height: 12_000 },
      side,
    )
    for (let spot = 1; spot < side - 1; spot++) {
      const broken = new Float32Array(side * side).fill(0.1)
      broken[spot * side + ((7 * spot) % (side - 2)) + 1] = Number.NaN
      map.data.fill(0)
      add(7, 5, broken)
      assert.ok(map.data.some(Number.isNaN), `at ${spot}`)
    }
  })
})
