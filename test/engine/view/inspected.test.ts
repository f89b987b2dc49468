import assert from 'node:assert/strict'
import { clearUninspected } from '../../../engine/view/clear.ts'
import { inspectedPixels } from '../../../engine/view/inspected.ts'
import type { View } from '../../../engine/view/types.ts'
import type { Mask } from '../../../inspection/types.ts'

/** One line of text a row, # = inspected. */
const drawn = (view: View, width: number, height: number, ignoreMask: Mask | null = null): string[] => {
  const pixels = inspectedPixels(view, ignoreMask, { width, height })!
  return Array.from({ length: height }, (_, y) =>
    Array.from(pixels.subarray(y * width, (y + 1) * width), (one) => (one === 1 ? '#' : '.')).join(''),
  )
}

describe('the pixels that a view inspects', () => {
  it('are all of them where it names neither region nor anything to ignore', () => {
    assert.equal(inspectedPixels({ rotation: 90 }, null, { width: 3, height: 2 }), null)
  })

  it('are those with their centre in a rectangle, in pixels or in shares of width and height', () => {
    const expected = ['......', '..##..', '..##..', '......']
    assert.deepEqual(drawn({ region: [[2, 1, 2, 2]] }, 6, 4), expected)
    assert.deepEqual(drawn({ region: [['33.333%', '25%', '33.333%', '50%']] }, 6, 4), expected)
    // Half a pixel more on each side takes in none whose centre is on the border of the lower right.
    assert.deepEqual(drawn({ region: [[1.6, 0.6, 2.8, 2.8]] }, 6, 4), expected)
    assert.deepEqual(drawn({ region: [[1.5, 0.5, 2, 2]] }, 6, 4), ['.##...', '.##...', '......', '......'])
  })

  it('reach to the border where a shape goes beyond it', () => {
    assert.deepEqual(drawn({ region: [[-5, 1, 100, 100]] }, 3, 3), ['...', '###', '###'])
  })

  it('follow a polygon, also one that is not convex or crosses itself', () => {
    assert.deepEqual(drawn({ region: [[0, 0, 6, 0, 0, 6]] }, 6, 6), [
      '#####.',
      '####..',
      '###...',
      '##....',
      '#.....',
      '......',
    ])
    const u = [0, 0, 2, 0, 2, 2, 4, 2, 4, 0, 6, 0, 6, 4, 0, 4]
    assert.deepEqual(drawn({ region: [u] }, 6, 4), ['##..##', '##..##', '######', '######'])
    const bowTie = [0, 0, 6, 6, 6, 0, 0, 6]
    // A centre on an edge belongs to what is on its right.
    assert.deepEqual(drawn({ region: [bowTie] }, 6, 6)[2], '##.###')
  })

  it('are in any of the regions and in nothing that is ignored', () => {
    const view: View = {
      region: [
        [0, 0, 2, 2],
        [4, 0, 2, 2],
      ],
      ignore: [[1, 1, 4, 1]],
    }
    assert.deepEqual(drawn(view, 6, 2), ['##..##', '#....#'])
  })

  it('are not those that a mask image covers, which may be smaller than the image', () => {
    const mask = { width: 3, height: 2, data: Uint8Array.of(1, 0, 0, 0, 0, 1) }
    assert.deepEqual(drawn({}, 6, 4, mask), ['..####', '..####', '####..', '####..'])
    assert.throws(() => drawn({}, 4, 6, mask), { code: 'IMAGE_VIEW', message: /3 × 2.*4 × 6/ })
    // Made smaller, sides are rounded to whole pixels.
    assert.equal(drawn({}, 1001, 667, { width: 300, height: 200, data: new Uint8Array(60_000) }).length, 667)
  })
})

describe('a map of an image that is not inspected everywhere', () => {
  const cleared = (size: number, inspected: readonly number[], width: number) => {
    const map = { width: size, height: 1, data: new Float32Array(size).fill(1) }
    clearUninspected(map, Uint8Array.from(inspected), { width, height: 1 })
    return [...map.data]
  }

  it('is 0 wherever one of the pixels that show it is ignored, so that no region reaches into them', () => {
    assert.deepEqual(cleared(3, [1, 1, 1, 1, 0, 1], 6), [1, 1, 0])
    assert.deepEqual(cleared(2, [1, 1, 0, 1, 1], 5), [1, 0])
  })

  it('that is larger than its image asks the pixel under each of its own', () => {
    assert.deepEqual(cleared(6, [1, 0, 1], 3), [1, 1, 0, 0, 1, 1])
  })
})
