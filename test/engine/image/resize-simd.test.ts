import assert from 'node:assert/strict'
import { resizePlainly } from '../../../engine/image/resize.ts'
import { type Resize, simdResizer } from '../../../engine/image/resize-simd.ts'

/** Pixels between black and white at random: the hardest edges, at which the cubic overshoots most. */
const noise = (width: number, height: number): Uint8Array => {
  let state = 1 + width * 31 + height
  return new Uint8Array(width * height * 3).map(() => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state & 0x100000 ? (state & 0x200000 ? 255 : 0) : (state >> 12) & 0xff
  })
}

const forbidden: Resize = () => {
  throw new Error('the plain loops were asked')
}

describe('the resize with vector instructions', () => {
  for (const [width, height, toWidth, toHeight] of [
    [640, 480, 224, 224],
    [517, 519, 518, 518],
    [100, 75, 518, 518],
    [1301, 7, 37, 41],
    [7, 1301, 41, 37],
    [224, 300, 224, 224],
    [300, 224, 224, 224],
    [1, 1, 9, 5],
    [2, 3, 1, 1],
    [1, 900, 8, 8],
    [900, 1, 8, 8],
  ] as const)
    it(`gives bit for bit what the plain loops give from ${width} × ${height} to ${toWidth} × ${toHeight}`, () => {
      const image = noise(width, height)
      const found = simdResizer(forbidden)(image, width, height, toWidth, toHeight)
      const expected = resizePlainly(image, width, height, toWidth, toHeight)
      assert.equal(Buffer.compare(found, expected), 0)
    })

  it('gives the same for one image after another, large or small', () => {
    const resize = simdResizer(forbidden)
    for (const [width, height] of [
      [1000, 800],
      [30, 20],
      [1000, 801],
    ] as const) {
      const image = noise(width, height)
      const expected = resizePlainly(image, width, height, 64, 48)
      assert.equal(Buffer.compare(resize(image, width, height, 64, 48), expected), 0)
    }
  })

  it('leaves an image that would take up too much of its memory to the plain loops', () => {
    const answer = new Uint8Array(1)
    const resize = simdResizer(() => answer)
    assert.equal(resize(new Uint8Array(3_000_000), 1, 1_000_000, 224, 2), answer)
  })

  it('leaves everything to the plain loops where there are no vector instructions', () => {
    const { validate } = WebAssembly
    WebAssembly.validate = () => false
    try {
      assert.equal(simdResizer(resizePlainly), resizePlainly)
    } finally {
      WebAssembly.validate = validate
    }
  })
})
