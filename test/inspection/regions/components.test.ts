import assert from 'node:assert/strict'
import { labelComponents } from '../../../inspection/regions/components.ts'
import type { Mask } from '../../../inspection/types.ts'
import { drawn, randomMasks } from '../masks.ts'

/** Labels by flooding from each pixel in reading order: another way to the same numbers. */
const flooded = ({ width, height, data }: Mask): Int32Array => {
  const labels = new Int32Array(data.length)
  let count = 0
  for (let start = 0; start < data.length; start++) {
    if (data[start] === 0 || labels[start] !== 0) continue
    count++
    const open = [start]
    for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
      if (labels[pixel] !== 0) continue
      labels[pixel] = count
      const [x, y] = [pixel % width, Math.floor(pixel / width)]
      for (const [u, v] of [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => [x + dx, y + dy] as const)))
        if (u >= 0 && u < width && v >= 0 && v < height && data[v * width + u] === 1) open.push(v * width + u)
    }
  }
  return labels
}

describe('connected components', () => {
  it('join pixels that touch in a corner', () => {
    const { labels, sizes } = labelComponents(drawn('#..#', '.#..', '...#'))
    assert.deepEqual([...labels], [1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 3])
    assert.deepEqual(sizes, [8, 2, 1, 1])
  })

  it('join arms that meet only further down', () => {
    const { sizes } = labelComponents(drawn('#.#.#', '#.#.#', '#####'))
    assert.deepEqual(sizes, [4, 11])
  })

  it('do not join the end of one row with the start of the next', () => {
    assert.equal(labelComponents(drawn('..#', '#..', '..#')).sizes.length - 1, 3)
  })

  it('are those that flooding finds, numbered in reading order, for random masks', () => {
    for (const mask of randomMasks(300, 2)) {
      const { labels, sizes } = labelComponents(mask)
      const expected = flooded(mask)
      assert.deepEqual(labels, expected)
      for (const [label, size] of sizes.entries())
        assert.equal(size, expected.filter((found) => found === label).length)
    }
  })
})
