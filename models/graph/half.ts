/** Largest number of fp16; what is larger becomes infinite. */
export const MAX_HALF = 65504

const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** The bits of the fp16 number nearest to a float32, ties to even (IEEE 754, binary16). */
const halfOf = (value: number): number => {
  single[0] = value
  const all = bits[0]!
  const sign = (all >>> 16) & 0x8000
  const magnitude = all & 0x7fffffff
  // NaN stays one; infinity and what rounds to 2¹⁶ is infinite.
  if (magnitude > 0x7f800000) return sign | 0x7e00
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  // Below 2⁻¹⁴ fp16 counts in steps of 2⁻²⁴: added to 0.5, float32 rounds to just these.
  if (magnitude < 0x38800000) {
    single[0] = Math.abs(value) + 0.5
    return sign | (bits[0]! - 0x3f000000)
  }
  const isOdd = (magnitude >>> 13) & 1
  return sign | ((magnitude - 0x38000000 + 0xfff + isOdd) >>> 13)
}

/** Float32 numbers as bits of fp16, each the nearest, ties to even. */
export const toHalf = (values: Float32Array): Uint16Array => Uint16Array.from(values, halfOf)
