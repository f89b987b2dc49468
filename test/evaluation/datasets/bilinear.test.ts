import assert from 'node:assert/strict'
import { resizeBilinear } from '../../../evaluation/datasets/bilinear.ts'

/** A mask of 5 × 3, and what Pillow 9.4 makes of it. */
const MASK = Uint8Array.of(0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 0, 0, 255, 255, 0)
const BY_PILLOW: [width: number, height: number, grey: number[]][] = [
  [
    7,
    11,
    [
      ...[
        0, 146, 255, 255, 73, 0, 0, 0, 146, 255, 255, 73, 0, 0, 46, 166, 242, 209, 60, 20, 46, 116, 196, 222,
      ],
      ...[139, 40, 50, 116, 185, 225, 202, 70, 20, 79, 185, 255, 255, 182, 0, 0, 109, 255, 185, 185, 152, 70],
      ...[70, 119, 185, 116, 116, 123, 139, 139, 129, 116, 46, 46, 93, 209, 209, 139, 46, 0, 0, 73, 255, 255],
      ...[146, 0, 0, 0, 73, 255, 255, 146, 0],
    ],
  ],
  [3, 2, [164, 145, 55, 96, 145, 123]],
  [5, 2, [96, 255, 159, 0, 96, 96, 96, 159, 159, 96]],
  [2, 3, [162, 70, 185, 93, 70, 162]],
]

describe('the resizing of a mask', () => {
  for (const [width, height, grey] of BY_PILLOW)
    it(`turns 5 × 3 into ${width} × ${height} pixels as Pillow does`, () => {
      assert.deepEqual([...resizeBilinear(MASK, 5, 3, width, height)], grey)
    })
})
