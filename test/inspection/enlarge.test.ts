import assert from 'node:assert/strict'
import { enlarge, type ImageMask } from '../../inspection/enlarge.ts'
import type { Mask } from '../../inspection/types.ts'
import { drawn, pixelsOf, randomMasks, sizesFor } from './masks.ts'

const filled = ({ cells, columns, rows, width, height }: ImageMask): Mask => {
  const data = new Uint8Array(width * height).fill(9)
  for (let row = 0; row < cells.height; row++)
    for (let column = 0; column < cells.width; column++)
      for (let y = rows[row]!; y < rows[row + 1]!; y++)
        for (let x = columns[column]!; x < columns[column + 1]!; x++)
          data[y * width + x] = cells.data[row * cells.width + column]!
  return { width, height, data }
}

describe('a mask at the size of the image', () => {
  it('is the nearest-neighbour enlargement, whether the image is larger or smaller than the mask', () => {
    for (const mask of randomMasks(40, 1))
      for (const size of sizesFor(mask)) assert.deepEqual(filled(enlarge(mask, size)), pixelsOf(mask, size))
  })

  it('at camera size has its edges where the convention puts them', () => {
    const mask = { width: 518, height: 1, data: new Uint8Array(518) }
    for (const width of [519, 777, 1036, 1920, 4096]) {
      const { columns } = enlarge(mask, { width, height: 1 })
      for (let x = 0; x < width; x++) {
        const cell = Math.floor(((2 * x + 1) * 518) / (2 * width))
        assert.ok(columns[cell]! <= x && x < columns[cell + 1]!, `pixel ${x} of ${width}`)
      }
    }
  })

  it('never has a cell without a pixel', () => {
    const { columns, rows } = enlarge(drawn('#.#.#', '.#.#.'), { width: 3, height: 9 })
    assert.deepEqual([...columns], [0, 1, 2, 3])
    assert.deepEqual([...rows], [0, 4, 9])
  })

  for (const [width, height] of [
    [0, 10],
    [10, -1],
    [10.5, 10],
    [Number.NaN, 10],
    [65_536, 65_536],
  ] as const)
    it(`is refused for an image of ${width} × ${height}`, () =>
      assert.throws(() => enlarge(drawn('#'), { width, height }), { code: 'MASK_OPTIONS' }))
})
