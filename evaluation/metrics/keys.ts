/**
 * Float32 scores as whole numbers of 32 bits that grow with them, so that scores can be sorted by their bits. Positive floats of IEEE 754
 * grow with their bits as they are; negative ones grow the other way.
 */
const SIGN = 0x8000_0000 | 0

/** Infinities and NaN lie outside, on both sides. */
const [LOWEST_FINITE, HIGHEST_FINITE] = [0x0080_0001, 0xff7f_ffff]

export interface KeyRange {
  readonly lowest: number
  readonly highest: number
}

/** Writes the key of each score, −0 having that of 0. @returns the range they lie in; of no scores, the lowest is above the highest */
export const writeKeys = (scores: Float32Array, keys: Uint32Array): KeyRange => {
  const bits = new Int32Array(scores.buffer, scores.byteOffset, scores.length)
  // With a sign as far as possible: V8 is faster at whole numbers that have one.
  let [lowest, highest] = [~SIGN, SIGN]
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!
    const signed = word < 0 ? (SIGN - word) | 0 : word
    keys[i] = signed ^ SIGN
    if (signed < lowest) lowest = signed
    if (signed > highest) highest = signed
  }
  return { lowest: (lowest ^ SIGN) >>> 0, highest: (highest ^ SIGN) >>> 0 }
}

/** Whether all scores with keys in this range are numbers, and finite. */
export const isFiniteRange = ({ lowest, highest }: KeyRange): boolean =>
  lowest >= LOWEST_FINITE && highest <= HIGHEST_FINITE

export const keyOf = (score: number): number => {
  const keys = new Uint32Array(1)
  writeKeys(Float32Array.of(score), keys)
  return keys[0]!
}

const word = new Int32Array(1)
const wordAsFloat = new Float32Array(word.buffer)

export const scoreOf = (key: number): number => {
  const signed = key ^ SIGN
  word[0] = signed < 0 ? SIGN - signed : signed
  return wordAsFloat[0]!
}
