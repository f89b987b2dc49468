const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** Smallest step of fp16 below 2⁻¹⁴, where it turns subnormal. */
const SUBNORMAL_STEP = 2 ** -24
const MIN_NORMAL = 2 ** -14
/** From here on fp16 rounds to infinity. */
const OVERFLOW = 65520

/** The nearest fp16 number, ties to even. `Math.f16round` does it from Node 24 on; we run on 22, too. */
export const roundToHalf = (x: number): number => {
  const size = Math.abs(x)
  if (size < MIN_NORMAL) {
    const steps = size / SUBNORMAL_STEP
    const floor = Math.floor(steps)
    const rest = steps - floor
    const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0)
    const rounded = (floor + (up ? 1 : 0)) * SUBNORMAL_STEP
    return x < 0 || Object.is(x, -0) ? -rounded : rounded
  }
  if (size >= OVERFLOW) return x < 0 ? -Infinity : Infinity
  // Drop 13 of float32's 23 mantissa bits: add half a step less one, and one more where the kept part is odd.
  float[0] = x
  bits[0] = (bits[0]! + 0xfff + ((bits[0]! >> 13) & 1)) & ~0x1fff
  return float[0]!
}
