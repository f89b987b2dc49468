import { ONE_HALF, PRECISION_BITS } from './taps.ts'
import { func, get, i32, type Local, moduleOf, repeat, set, v128 } from './wasm.ts'

/**
 * The two inner loops of a resize, eight products an instruction. A weight has more bits than the instruction takes (16), so it is
 * split: weight = 256 · upper + lower; sums of both parts come to exactly what the plain loop sums, modulo 2³² as there.
 */

/** Shifts the upper sums into place, and rounds as the plain loop does. */
const rounded = (upper: Local, lower: Local) =>
  v128.shiftRight(
    v128.add(v128.add(v128.shiftLeft(get(upper), 8), get(lower)), v128.splat(ONE_HALF)),
    PRECISION_BITS,
  )

/** upper += pairs · weights, lower likewise; both parts of two weights stand where `weights` points to, `offset` and `lowerOffset` on. */
const addProducts = (
  pairs: Local,
  [upper, lower]: readonly [Local, Local],
  weights: Local,
  offset: number,
  lowerOffset: number,
) => [
  set(upper, v128.add(get(upper), v128.dot(get(pairs), v128.load32Splat(get(weights), offset)))),
  set(lower, v128.add(get(lower), v128.dot(get(pairs), v128.load32Splat(get(weights), lowerOffset)))),
]

const NONE = 0x80
const zero = v128.splat(0)
const advance = (local: Local, bytes: number) => set(local, i32.add(get(local), i32.const(bytes)))

/**
 * row(source, taps, target, targetEnd): one row of RGB pixels. Per output pixel the taps say where in the row it begins and how many bytes
 * of weights follow, then for each four pixels the upper parts of four weights and the lower ones.
 */
const row = func('row', { parameters: 4, integers: 2, vectors: 5 }, (integers, vectors) => {
  const [source, taps, target, targetEnd, pixel, tapsEnd] = integers as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ]
  const [four, first, second, upper, lower] = vectors as [Local, Local, Local, Local, Local]
  const sums = [upper, lower] as const
  // Red of two pixels side by side, then green, then blue, each as 16 bits.
  const pairsFrom = (red: number) => {
    const pair = (colour: number) => [red + colour, NONE, red + colour + 3, NONE]
    return [...pair(0), ...pair(1), ...pair(2), NONE, NONE, NONE, NONE]
  }
  return [
    repeat(
      [
        set(pixel, i32.add(get(source), i32.load(get(taps)))),
        set(tapsEnd, i32.add(i32.add(get(taps), i32.const(8)), i32.load(get(taps), 4))),
        advance(taps, 8),
        set(upper, zero),
        set(lower, zero),
        repeat(
          [
            set(four, v128.load(get(pixel))),
            set(first, v128.swizzle(get(four), pairsFrom(0))),
            set(second, v128.swizzle(get(four), pairsFrom(6))),
            ...addProducts(first, sums, taps, 0, 8),
            ...addProducts(second, sums, taps, 4, 12),
            advance(pixel, 12),
            advance(taps, 16),
          ],
          i32.isBelow(get(taps), get(tapsEnd)),
        ),
        v128.store32(get(target), v128.toBytes(rounded(upper, lower), zero)),
        advance(target, 3),
      ],
      i32.isBelow(get(target), get(targetEnd)),
    ),
  ]
})

/**
 * column(source, sourceEnd, stride, weights, weightsEnd, target): one output row, from rows `stride` bytes apart, of which `source` to
 * `sourceEnd` is the first. For each two rows stand the upper parts of two weights and the lower ones.
 */
const column = func('column', { parameters: 6, integers: 2, vectors: 8 }, (integers, vectors) => {
  const [source, sourceEnd, stride, weights, weightsEnd, target, sample, weight] = integers as [
    ...[Local, Local, Local, Local],
    ...[Local, Local, Local, Local],
  ]
  const [one, other, left, right, ...sums] = vectors as [Local, Local, Local, Local, ...Local[]]
  const [leftUpper, leftLower, rightUpper, rightLower] = sums as [Local, Local, Local, Local]
  const lanes = (from: number) =>
    [0, 2, 4, 6].flatMap((byte) => [from + byte, from + byte + 1, from + byte + 16, from + byte + 17])
  return [
    repeat(
      [
        set(sample, get(source)),
        set(weight, get(weights)),
        ...sums.map((sum) => set(sum, zero)),
        repeat(
          [
            set(one, v128.load8x8u(get(sample))),
            set(other, v128.load8x8u(i32.add(get(sample), get(stride)))),
            set(left, v128.shuffle(get(one), get(other), lanes(0))),
            set(right, v128.shuffle(get(one), get(other), lanes(8))),
            ...addProducts(left, [leftUpper, leftLower], weight, 0, 4),
            ...addProducts(right, [rightUpper, rightLower], weight, 0, 4),
            set(sample, i32.add(i32.add(get(sample), get(stride)), get(stride))),
            advance(weight, 8),
          ],
          i32.isBelow(get(weight), get(weightsEnd)),
        ),
        v128.store64(
          get(target),
          v128.toBytes(rounded(leftUpper, leftLower), rounded(rightUpper, rightLower)),
        ),
        advance(source, 8),
        advance(target, 8),
      ],
      i32.isBelow(get(source), get(sourceEnd)),
    ),
  ]
})

export interface ResizeLoops {
  row(source: number, taps: number, target: number, targetEnd: number): void
  column(
    source: number,
    sourceEnd: number,
    stride: number,
    weights: number,
    weightsEnd: number,
    target: number,
  ): void
}

/** The loops over a memory; null where this processor or this Node.js has no vector instructions for WebAssembly. */
export const resizeLoops = (memory: WebAssembly.Memory): ResizeLoops | null => {
  if (typeof WebAssembly === 'undefined') return null
  const program = moduleOf([row, column])
  if (!WebAssembly.validate(program)) return null
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program), { env: { memory } })
  return exports as unknown as ResizeLoops
}
