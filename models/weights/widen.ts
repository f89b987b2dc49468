import type { TensorType } from './types.ts'

interface TypeRule {
  readonly bytes: number
  /** Widens the first `count` values of `raw`, little-endian, into `out` from `at` on. */
  readonly widen: (raw: ArrayBuffer, count: number, out: Float32Array, at: number) => void
}

/** The bits of a float32 that equals the fp16 with these bits. */
const bitsOfHalf = (half: number): number => {
  const sign = (half & 0x8000) << 16
  const exponent = (half >> 10) & 0x1f
  const mantissa = half & 0x3ff
  // Zero and subnormal numbers: mantissa · 2⁻²⁴, which float32 holds as a normal number.
  if (exponent === 0) {
    const float = new Float32Array([mantissa * 2 ** -24])
    return sign | new Int32Array(float.buffer)[0]!
  }
  // Infinity and NaN keep an exponent of all ones; the rest is moved from bias 15 to bias 127.
  return sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (mantissa << 13)
}

let halfTable: Uint32Array | undefined

/** Every fp16 in float32's bits, 256 kB: one look-up a value is what makes 430 million of them a matter of seconds. */
const halves = (): Uint32Array => {
  halfTable ??= Uint32Array.from({ length: 1 << 16 }, (_, half) => bitsOfHalf(half))
  return halfTable
}

/** Widens 16-bit patterns by way of float32's bits, so that no NaN is touched on its way. */
const widenBits = (
  raw: ArrayBuffer,
  count: number,
  out: Float32Array,
  at: number,
  table: Uint32Array | null,
) => {
  const from = new Uint16Array(raw, 0, count)
  const to = new Uint32Array(out.buffer, out.byteOffset + at * 4, count)
  if (table === null) for (let i = 0; i < count; i++) to[i] = from[i]! << 16
  else for (let i = 0; i < count; i++) to[i] = table[from[i]!]!
}

/** What is known of each data type. */
export const TYPES: Readonly<Record<TensorType, TypeRule>> = {
  F64: { bytes: 8, widen: (raw, count, out, at) => out.set(new Float64Array(raw, 0, count), at) },
  F32: { bytes: 4, widen: (raw, count, out, at) => out.set(new Float32Array(raw, 0, count), at) },
  F16: { bytes: 2, widen: (raw, count, out, at) => widenBits(raw, count, out, at, halves()) },
  // bfloat16 is the upper half of a float32.
  BF16: { bytes: 2, widen: (raw, count, out, at) => widenBits(raw, count, out, at, null) },
  I64: {
    bytes: 8,
    widen: (raw, count, out, at) => {
      const from = new BigInt64Array(raw, 0, count)
      for (let i = 0; i < count; i++) out[at + i] = Number(from[i])
    },
  },
  I32: { bytes: 4, widen: (raw, count, out, at) => out.set(new Int32Array(raw, 0, count), at) },
  I16: { bytes: 2, widen: (raw, count, out, at) => out.set(new Int16Array(raw, 0, count), at) },
  I8: { bytes: 1, widen: (raw, count, out, at) => out.set(new Int8Array(raw, 0, count), at) },
  U8: { bytes: 1, widen: (raw, count, out, at) => out.set(new Uint8Array(raw, 0, count), at) },
  BOOL: {
    bytes: 1,
    widen: (raw, count, out, at) => {
      const from = new Uint8Array(raw, 0, count)
      for (let i = 0; i < count; i++) out[at + i] = from[i] === 0 ? 0 : 1
    },
  },
}

export const isTensorType = (name: string): name is TensorType => Object.hasOwn(TYPES, name)
