/**
 * Sorts the first entries of two paired arrays by score, lowest first. The order of equal scores is that of before: sums over them come out the
 * same whenever the same entries are sorted.
 */
export const sortByScore = (scores: Float32Array, weights: Float64Array, entries: number): void => {
  // Score and place in one number: a typed array sorts numbers ten times as fast as a function compares entries.
  const keys = new BigUint64Array(entries)
  const halves = new Uint32Array(keys.buffer)
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, entries)
  for (let i = 0; i < entries; i++) {
    halves[2 * i] = i
    halves[2 * i + 1] = ordered(bits[i]!)
  }
  keys.sort()
  const [sortedScores, sortedWeights] = [new Float32Array(entries), new Float64Array(entries)]
  for (let i = 0; i < entries; i++) {
    const from = halves[2 * i]!
    sortedScores[i] = scores[from]!
    sortedWeights[i] = weights[from]!
  }
  scores.set(sortedScores)
  weights.set(sortedWeights)
}

const SIGN = 0x8000_0000

/** The bits of a float as a whole number that grows with it: negative ones grow the other way in IEEE 754. */
const ordered = (bits: number): number => (bits & SIGN ? ~bits : bits | SIGN) >>> 0
