/**
 * Writes a WebAssembly module, as far as the loops of resize-simd.ts need it: expressions are lists of bytes, so that a program
 * reads as it would be written down. Encoding: WebAssembly Core Specification 2.0, §5 (Binary Format).
 */
export type Code = readonly number[]

/** LEB128, unsigned. */
const unsigned = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
const signed = (value: number): number[] => {
  const rest = value >> 7
  const isLast = (rest === 0 && (value & 0x40) === 0) || (rest === -1 && (value & 0x40) !== 0)
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(rest)]
}
const counted = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()]
const sized = (code: Code): number[] => [...unsigned(code.length), ...code]

/** Alignment is a hint only; nothing here is aligned. */
const at = (offset: number): number[] => [0, ...unsigned(offset)]
const vector = (opcode: number): number[] => [0xfd, ...unsigned(opcode)]

export interface Local {
  readonly type: typeof I32 | typeof V128
  readonly index: number
}

const I32 = 0x7f
const V128 = 0x7b

export const get = ({ index }: Local): Code => [0x20, ...unsigned(index)]
export const set = ({ index }: Local, value: Code): Code => [...value, 0x21, ...unsigned(index)]

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  load: (from: Code, offset = 0): Code => [...from, 0x28, ...at(offset)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  isBelow: (a: Code, b: Code): Code => [...a, ...b, 0x49],
}

/** Runs `body` once, and again as long as `condition` holds behind it. */
export const repeat = (body: readonly Code[], condition: Code): Code => [
  ...[0x03, 0x40],
  ...body.flat(),
  ...condition,
  ...[0x0d, 0],
  0x0b,
]

/** Vectors of 128 bits. Names are those of the specification. */
export const v128 = {
  const: (bytes: Code): Code => [...vector(0x0c), ...bytes],
  load: (from: Code): Code => [...from, ...vector(0x00), ...at(0)],
  load8x8u: (from: Code): Code => [...from, ...vector(0x02), ...at(0)],
  load32Splat: (from: Code, offset: number): Code => [...from, ...vector(0x09), ...at(offset)],
  store32: (to: Code, value: Code): Code => [...to, ...value, ...vector(0x5a), ...at(0), 0],
  store64: (to: Code, value: Code): Code => [...to, ...value, ...vector(0x5b), ...at(0), 0],
  shuffle: (a: Code, b: Code, lanes: Code): Code => [...a, ...b, ...vector(0x0d), ...lanes],
  swizzle: (bytes: Code, lanes: Code): Code => [...bytes, ...v128.const(lanes), ...vector(0x0e)],
  splat: (value: number): Code => [...i32.const(value), ...vector(0x11)],
  add: (a: Code, b: Code): Code => [...a, ...b, ...vector(0xae)],
  shiftLeft: (a: Code, bits: number): Code => [...a, ...i32.const(bits), ...vector(0xab)],
  shiftRight: (a: Code, bits: number): Code => [...a, ...i32.const(bits), ...vector(0xac)],
  /** i32x4.dot_i16x8_s: products of pairs, summed. */
  dot: (a: Code, b: Code): Code => [...a, ...b, ...vector(0xba)],
  /** Two vectors of i32 to 16 bytes, of which the first eight are meant: held to 0..255. */
  toBytes: (a: Code, b: Code): Code => {
    const narrowed = [...a, ...b, ...vector(0x85)]
    return [...narrowed, ...narrowed, ...vector(0x66)]
  },
}

/**
 * A function whose parameters, and local variables of its own, are i32 and vectors.
 * @param build is given the parameters, further i32 and the vectors
 */
export const func = (
  name: string,
  counts: { readonly parameters: number; readonly integers: number; readonly vectors: number },
  build: (integers: readonly Local[], vectors: readonly Local[]) => readonly Code[],
) => {
  const integers = counts.parameters + counts.integers
  const locals = Array.from({ length: integers + counts.vectors }, (_, index): Local => {
    return { index, type: index < integers ? I32 : V128 }
  })
  return {
    name,
    parameters: counts.parameters,
    code: sized([
      ...counted([
        [...unsigned(counts.integers), I32],
        [...unsigned(counts.vectors), V128],
      ]),
      ...build(locals.slice(0, integers), locals.slice(integers)).flat(),
      0x0b,
    ]),
  }
}

const nameOf = (text: string): number[] => sized([...Buffer.from(text)])
const section = (id: number, items: readonly Code[]): number[] => [id, ...sized(counted(items))]

/** A module of these functions over a memory that is imported as `env.memory`. */
export const moduleOf = (functions: readonly ReturnType<typeof func>[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      functions.map(({ parameters }) => [
        0x60,
        ...counted(Array.from({ length: parameters }, () => [I32])),
        0,
      ]),
    ),
    ...section(2, [[...nameOf('env'), ...nameOf('memory'), 0x02, 0x00, 1]]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      functions.map(({ name }, index) => [...nameOf(name), 0x00, ...unsigned(index)]),
    ),
    ...section(
      10,
      functions.map(({ code }) => code),
    ),
  ])
