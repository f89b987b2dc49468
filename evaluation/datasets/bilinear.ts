/** Bits after the point of a weight: 32 less 8 for the sample and 2 for sign and overshoot (libImaging/Resample.c). */
const PRECISION_BITS = 22

interface Taps {
  readonly first: number
  readonly weights: readonly number[]
}

/** For each output sample the inputs it needs: a triangle, widened when shrinking (Pillow's antialias). */
const tapsFor = (from: number, to: number): Taps[] =>
  Array.from({ length: to }, (_, out) => {
    const scale = from / to
    const widening = Math.max(scale, 1)
    const center = (out + 0.5) * scale
    const first = Math.max(0, Math.trunc(center - widening + 0.5))
    const last = Math.min(from, Math.trunc(center + widening + 0.5))
    const exact = Array.from({ length: last - first }, (_, i) =>
      Math.max(0, 1 - Math.abs((first + i - center + 0.5) / widening)),
    )
    const sum = exact.reduce((total, weight) => total + weight, 0)
    return { first, weights: exact.map((weight) => Math.trunc((weight / sum) * (1 << PRECISION_BITS) + 0.5)) }
  })

/** Along one axis: `count` lines of samples `step` apart, which start `lineStep` apart. */
const pass = (source: Uint8Array, target: Uint8Array, taps: readonly Taps[], line: Line): void => {
  for (let l = 0; l < line.count; l++)
    for (let out = 0; out < taps.length; out++) {
      const { first, weights } = taps[out]
      let sum = 1 << (PRECISION_BITS - 1)
      for (let i = 0; i < weights.length; i++)
        sum += source[l * line.sourceStart + (first + i) * line.step] * weights[i]
      target[l * line.targetStart + out * line.step] = sum >> PRECISION_BITS
    }
}

interface Line {
  readonly count: number
  readonly step: number
  readonly sourceStart: number
  readonly targetStart: number
}

/**
 * Resizes one channel as Pillow's `Image.resize((toWidth, toHeight), BILINEAR)`, number for number: two passes, rows
 * first, rounded to bytes in between.
 * @param grey row-major, `width × height` bytes
 */
export const resizeBilinear = (
  grey: Uint8Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
): Uint8Array => {
  const wide = width === toWidth ? grey : new Uint8Array(toWidth * height)
  if (wide !== grey)
    pass(grey, wide, tapsFor(width, toWidth), {
      count: height,
      step: 1,
      sourceStart: width,
      targetStart: toWidth,
    })
  if (height === toHeight) return wide
  const resized = new Uint8Array(toWidth * toHeight)
  pass(wide, resized, tapsFor(height, toHeight), {
    count: toWidth,
    step: toWidth,
    sourceStart: 1,
    targetStart: 1,
  })
  return resized
}
