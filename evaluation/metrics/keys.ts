/**
 * Float32 scores as whole numbers of 32 bits that grow with them, so that scores can be sorted by their bits. Positive floats of IEEE 754
 * grow with their bits as they are; negative ones grow the other way.
 */
const SIGN = 0x8000_0000

/** Infinities and NaN lie outside, on both sides: theirs are the highest bits. */
const [LOWEST_FINITE, HIGHEST_FINITE] = [0x0080_0001, 0xff7f_ffff]

export interface KeyRange {
  readonly lowest: number
  readonly highest: number
}

/** Writes the key of each score, −0 having that of 0. @returns the range they lie in; of no scores, the lowest is above the highest */
export const writeKeys = (scores: Float32Array, keys: Uint32Array): KeyRange => {
  const bits = new Int32Array(scores.buffer, scores.byteOffset, scores.length)
  let [lowest, highest] = [0xffff_ffff, 0]
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!
    const key = (word < 0 ? -word : word | SIGN) >>> 0
    keys[i] = key
    if (key < lowest) lowest = key
    if (key > highest) highest = key
  }
  return { lowest, highest }
}

/** Whether all scores with keys in this range are numbers, and finite. */
export const isFiniteRange = ({ lowest, highest }: KeyRange): boolean =>
  lowest >= LOWEST_FINITE && highest <= HIGHEST_FINITE

export const keyOf = (score: number): number => {
  const keys = new Uint32Array(1)
  writeKeys(Float32Array.of(score), keys)
  return keys[0]!
}

const word = new Uint32Array(1)
const wordAsFloat = new Float32Array(word.buffer)

export const scoreOf = (key: number): number => {
  word[0] = key >= SIGN ? key - SIGN : -key
  return wordAsFloat[0]!
}
