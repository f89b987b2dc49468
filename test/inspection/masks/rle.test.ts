import assert from 'node:assert/strict'
import { enlarge } from '../../../inspection/enlarge.ts'
import { compressCounts, decodeRle, encodeRle, expandCounts } from '../../../inspection/masks/index.ts'
import { cocoRleOf } from '../../../inspection/masks/rle.ts'
import { drawn, pixelsOf, randomMasks, sizesFor } from '../masks.ts'

const refused = { code: 'MASK_RLE' }

/** What pycocotools 2.0 gives: `mask.encode(numpy.asfortranarray(pixels))`. */
const BY_PYCOCOTOOLS = [
  { mask: drawn('......', '.###..', '.###..', '.....#'), counts: '5220006O' },
  {
    // 40 rows of 50, a block with a hole of two pixels, and the first and the last pixel.
    mask: {
      width: 50,
      height: 40,
      data: Uint8Array.from({ length: 2000 }, (_, pixel) => {
        const [x, y] = [pixel % 50, Math.floor(pixel / 50)]
        const isHole = x === 8 && y >= 10 && y < 12
        return (x >= 3 && x < 20 && y >= 5 && y < 30 && !isHole) || pixel === 0 || pixel === 1999 ? 1 : 0
      }),
    },
    counts: '01l3h0cL00000000\\OC==700000000000000000000ZU1XO',
  },
]

describe('COCO run lengths', () => {
  it('run by columns and begin with background', () => {
    const mask = drawn('.#', '.#')
    assert.deepEqual(encodeRle(enlarge(mask, mask)), [2, 2])
  })

  it('begin with a run of no background where the first pixel is set', () => {
    const mask = drawn('#.', '##')
    assert.deepEqual(encodeRle(enlarge(mask, mask)), [0, 2, 1, 1])
  })

  for (const { mask, counts } of BY_PYCOCOTOOLS)
    it(`of a mask of ${mask.width} × ${mask.height} are those of pycocotools`, () => {
      assert.deepEqual(cocoRleOf(enlarge(mask, mask)), { size: [mask.height, mask.width], counts })
      assert.deepEqual(decodeRle({ size: [mask.height, mask.width], counts }), mask)
    })

  it('decode to the enlarged mask, whatever its size', () => {
    for (const mask of randomMasks(60, 5))
      for (const size of sizesFor(mask)) {
        const image = enlarge(mask, size)
        const expected = pixelsOf(mask, size)
        assert.deepEqual(decodeRle(cocoRleOf(image)), expected)
        assert.deepEqual(decodeRle({ size: [size.height, size.width], counts: encodeRle(image) }), expected)
      }
  })

  it('alternate: no run but the first is empty', () => {
    for (const mask of randomMasks(60, 6))
      assert.ok(
        encodeRle(enlarge(mask, { width: mask.width + 2, height: mask.height * 3 }))
          .slice(1)
          .every((count) => count > 0),
      )
  })

  for (const [kind, rle] of [
    ['too few pixels', { size: [2, 2], counts: [2, 1] }],
    ['too many pixels', { size: [2, 2], counts: [2, 3] }],
    ['a negative run', { size: [2, 2], counts: [6, -2] }],
    ['half a pixel', { size: [2, 2], counts: [2.5, 1.5] }],
    ['no size', { size: [0, 2], counts: [] }],
    ['a size that would take all memory', { size: [2 ** 20, 2 ** 20], counts: [2 ** 40] }],
  ] as const)
    it(`with ${kind} are refused`, () => assert.throws(() => decodeRle(rle), refused))
})

describe('compressed run lengths', () => {
  it('keep numbers of any length and falling sequences', () => {
    for (const counts of [
      [0],
      [],
      [15, 16, 31, 32, 1023, 1024],
      [2_000_000_000, 1, 3, 2_000_000_000, 1, 0],
      [7, 900_000, 7, 5, 7, 900_000],
    ])
      assert.deepEqual(expandCounts(compressCounts(counts)), counts)
  })

  for (const [kind, text] of [
    ['text that ends within a number', 'l'],
    ['a character below the alphabet', '/'],
    ['a character above the alphabet', 'p'],
    ['a number without an end', 'oooooooo0'],
  ] as const)
    it(`${kind} is refused`, () => assert.throws(() => expandCounts(text), refused))
})
