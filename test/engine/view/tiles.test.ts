import assert from 'node:assert/strict'
import { gridOver, MAX_TILES, type Spans } from '../../../engine/view/tiles.ts'
import type { Length, Tiles } from '../../../engine/view/types.ts'

const box = (width: number, height = width) => ({ x: 0, y: 0, width, height })

const overlapsOf = ({ starts, length }: Spans): number[] =>
  starts.slice(1).map((start, tile) => starts[tile]! + length - start)

describe('a grid of tiles', () => {
  it('without a wish is one tile over all', () => {
    const { columns, rows } = gridOver({ x: 3, y: 4, width: 50, height: 60 }, undefined)
    assert.deepEqual(
      [columns, rows],
      [
        { starts: [3], length: 50 },
        { starts: [4], length: 60 },
      ],
    )
  })

  it('begins and ends at the border, and overlaps by no less than was asked for', () => {
    const overlaps: Length[] = [0, 7, '0%', '10%', '25%', '50%']
    const wishes = (overlap: Length): Tiles[] => [
      ...[41, 64, 100, 517].map((size) => ({ size, overlap })),
      ...[1, 2, 3, 7].map((columns) => ({ columns, rows: 2, overlap })),
    ]
    for (const extent of [101, 224, 518, 640])
      for (const tiles of overlaps.flatMap(wishes)) {
        const what = `${extent}: ${JSON.stringify(tiles)}`
        const { columns } = gridOver({ x: 11, y: 0, width: extent, height: 40 }, tiles)
        const { starts, length } = columns
        assert.equal(starts[0], 11, what)
        assert.equal(starts.at(-1)! + length, 11 + extent, what)
        const asked =
          typeof tiles.overlap === 'number'
            ? tiles.overlap
            : (Number.parseFloat(tiles.overlap) * length) / 100
        // Tiles lie on whole pixels.
        for (const overlap of overlapsOf(columns)) assert.ok(overlap >= Math.floor(asked) - 1, what)
        if ('size' in tiles) assert.equal(length, Math.min(tiles.size, extent), what)
        else assert.equal(starts.length, tiles.columns, what)
      }
  })

  it('spreads what is left over evenly: no tile is moved far into another at the end', () => {
    const { columns } = gridOver(box(568, 256), { size: 256, overlap: 40 })
    assert.deepEqual(columns, { starts: [0, 156, 312], length: 256 })
  })

  it('has one tile along a side that is shorter than a tile, and never pads it', () => {
    const { columns, rows } = gridOver(box(1000, 80), { size: 300, overlap: '10%' })
    assert.equal(columns.starts.length, 4)
    assert.deepEqual(rows, { starts: [0], length: 80 })
  })

  it('is refused beyond the number of tiles that is allowed, and where the image is too small for it', () => {
    const refuses = (extent: number, tiles: Tiles) =>
      assert.throws(() => gridOver(box(extent), tiles), { code: 'IMAGE_VIEW' }, JSON.stringify(tiles))
    assert.equal(MAX_TILES, 256)
    gridOver(box(1600), { columns: 16, rows: 16, overlap: 0 })
    refuses(1600, { columns: 257, rows: 1, overlap: 0 })
    refuses(5000, { size: 100, overlap: '10%' })
    refuses(10, { columns: 11, rows: 1, overlap: 0 })
    refuses(1000, { size: 100, overlap: 51 })
    refuses(100, { columns: 4, rows: 1, overlap: 60 })
  })
})
