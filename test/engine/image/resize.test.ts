import assert from 'node:assert/strict'
import { join } from 'node:path'
import sharp from 'sharp'
import { resizeBicubic, resizeMask } from '../../../engine/image/index.ts'

const GOLDEN = join(import.meta.dirname, '..', '..', 'fixtures', 'golden', 'resize')
const readPng = (name: string) =>
  sharp(join(GOLDEN, `${name}.png`))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })

/** 5 × 3 pixels of noise; what becomes of them below was computed by Pillow 9.4, `resize(size, Image.BICUBIC)`. */
const NOISE = Uint8Array.of(
  ...[78, 204, 64, 34, 16, 250, 233, 32, 103, 122, 13, 204, 138, 172, 208],
  ...[127, 124, 100, 12, 151, 222, 203, 251, 153, 211, 235, 80, 182, 176, 41],
  ...[88, 7, 141, 241, 73, 124, 223, 123, 222, 37, 84, 55, 200, 102, 211],
)
const BY_PILLOW: readonly (readonly [width: number, height: number, rgb: readonly number[]])[] = [
  [
    2,
    7,
    [
      ...[96, 72, 149, 149, 52, 197, 96, 89, 152, 157, 82, 177, 92, 136, 159, 181, 160, 127, 98, 167, 165],
      ...[
        196, 219, 87, 134, 126, 159, 175, 178, 107, 171, 72, 151, 147, 114, 141, 187, 51, 147, 137, 91, 154,
      ],
    ],
  ],
  [
    5,
    2,
    [
      ...[97, 181, 75, 17, 66, 244, 222, 114, 118, 160, 97, 162, 153, 176, 143],
      ...[104, 45, 128, 160, 106, 157, 215, 177, 200, 101, 146, 59, 195, 128, 145],
    ],
  ],
  [
    8,
    3,
    [
      ...[81, 218, 51, 51, 129, 145, 40, 11, 250, 186, 23, 142, 217, 23, 120, 126, 9, 200, 126, 108, 212],
      ...[139, 183, 208, 135, 122, 91, 72, 130, 152, 16, 155, 223, 147, 226, 181, 220, 255, 129, 212, 237],
      ...[84, 194, 198, 53, 180, 172, 38, 77, 2, 142, 149, 31, 129, 245, 77, 127, 247, 114, 207, 166, 115],
      ...[179, 39, 85, 57, 126, 93, 141, 212, 103, 222],
    ],
  ],
  [1, 1, [145, 123, 145]],
]

describe('resizeBicubic', () => {
  for (const name of ['300x220', '518x518', '640x200', '900x700'])
    it(`turns the golden image ${name} into exactly Pillow's`, async () => {
      const from = await readPng(name)
      const to = await readPng(`${name}-to-518`)
      const resized = resizeBicubic(from.data, from.info.width, from.info.height, 518, 518)
      assert.equal(resized.length, to.data.length)
      assert.equal(
        resized.findIndex((value, index) => value !== to.data[index]),
        -1,
      )
    })

  for (const [width, height, rgb] of BY_PILLOW)
    it(`turns 5 × 3 into ${width} × ${height} pixels as Pillow does`, () => {
      assert.deepEqual([...resizeBicubic(NOISE, 5, 3, width, height)], rgb)
    })

  it('leaves an image of the right size as it is', () => {
    assert.equal(resizeBicubic(NOISE, 5, 3, 5, 3), NOISE)
  })

  it('does not change the image it is given', () => {
    const copy = NOISE.slice()
    resizeBicubic(copy, 5, 3, 11, 2)
    assert.deepEqual(copy, NOISE)
  })

  it('keeps an even colour even, however long and thin the image is', () => {
    for (const [width, height] of [
      [1, 1],
      [1, 5000],
      [5000, 1],
      [97, 3],
    ] as const) {
      const even = new Uint8Array(width * height * 3).map((_, index) => [255, 0, 77][index % 3])
      const resized = resizeBicubic(even, width, height, 7, 11)
      assert.deepEqual([...new Set(resized)], [255, 0, 77], `${width} × ${height}`)
      assert.deepEqual(resized.subarray(-3), Uint8Array.of(255, 0, 77), `${width} × ${height}`)
    }
  })
})

/** A mask of 5 × 3, and what Pillow 9.4 makes of it. */
const MASK = [0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 0, 0, 255, 255, 0]
const MASK_BY_PILLOW: [width: number, height: number, grey: number[]][] = [
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

describe('resizeMask', () => {
  for (const [width, height, grey] of MASK_BY_PILLOW)
    it(`turns a mask of 5 × 3 into ${width} × ${height} pixels as Pillow does`, () => {
      assert.deepEqual([...resizeMask(Uint8Array.from(MASK), 5, 3, width, height)], grey)
    })

  it('keeps rows or columns that keep their number as they are', () => {
    const mask = Uint8Array.from({ length: 30 }, (_, i) => (i >= 10 && i < 20 ? 255 : 0))
    const white = (from: number, to: number, length: number) =>
      Array.from({ length }, (_, i) => (i >= from && i < to ? 255 : 0))
    assert.deepEqual([...resizeMask(mask, 5, 6, 2, 6)], white(4, 8, 12))
    // Each row weighs 0.75, 0.75 and 0.25 of those around it, at the edge out of 1.75 in all.
    const rows = [36, 191, 36].flatMap((grey) => Array<number>(5).fill(grey))
    assert.deepEqual([...resizeMask(mask, 5, 6, 5, 3)], rows)
    assert.deepEqual([...resizeMask(new Uint8Array(30), 5, 6, 2, 3)], [0, 0, 0, 0, 0, 0])
  })

  it('passes over rows that are black, and over those alone', () => {
    const one = Uint8Array.from({ length: 12 }, (_, i) => (Math.floor(i / 2) === 2 ? 255 : 0))
    const small = resizeMask(one, 2, 6, 1, 3)
    const all = resizeMask(
      one.map((value) => 255 - value),
      2,
      6,
      1,
      3,
    )
    for (let row = 0; row < 3; row++) assert.ok(Math.abs(small[row]! + all[row]! - 255) <= 1)
    assert.ok(small[1]! > small[0]! && small[0]! > 0)
  })
})
