/**
 * What Pillow's resize weighs each sample with, number for number. Method: Pillow, `Image.resize(size, filter)`,
 * libImaging/Resample.c: two separable passes, the kernel widened when shrinking, fixed-point weights, uint8 in between.
 */

/** Keys' cubic with a = -0.5; Pillow's choice (torch's and OpenCV's plain bicubic take -0.75). */
const A = -0.5
/** Bits after the point of a weight: 32 less 8 for the sample and 2 for sign and overshoot (`PRECISION_BITS`). */
export const PRECISION_BITS = 32 - 8 - 2
export const ONE_HALF = 1 << (PRECISION_BITS - 1)

const cubic = (distance: number): number => {
  const x = Math.abs(distance)
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * A
  return 0
}

/** Weight by distance, 0 from `support` on; in samples of the output where that is smaller. */
export interface Kernel {
  readonly weight: (distance: number) => number
  readonly support: number
}

export const BICUBIC: Kernel = { weight: cubic, support: 2 }
export const BILINEAR: Kernel = { weight: (distance) => Math.max(0, 1 - Math.abs(distance)), support: 1 }

/** For each output sample: the first input sample it needs, how many, and their fixed-point weights. */
export interface Taps {
  readonly first: Int32Array
  readonly count: Int32Array
  /** Row per output sample, `stride` apart. */
  readonly weights: Int32Array
  readonly stride: number
}

export const tapsFor = (from: number, to: number, kernel: Kernel): Taps => {
  const scale = from / to
  const widening = Math.max(scale, 1)
  const support = kernel.support * widening
  const stride = Math.ceil(support) * 2 + 1
  const taps: Taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Int32Array(to * stride),
    stride,
  }
  const exact = new Float64Array(stride)
  for (let out = 0; out < to; out++) {
    const center = (out + 0.5) * scale
    const first = Math.max(0, Math.trunc(center - support + 0.5))
    const count = Math.min(from, Math.trunc(center + support + 0.5)) - first
    let sum = 0
    for (let i = 0; i < count; i++) {
      exact[i] = kernel.weight((first + i - center + 0.5) * (1 / widening))
      sum += exact[i]
    }
    taps.first[out] = first
    taps.count[out] = count
    for (let i = 0; i < count; i++) {
      const weight = (exact[i] / sum) * (1 << PRECISION_BITS)
      taps.weights[out * stride + i] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5)
    }
  }
  return taps
}
