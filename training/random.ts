import { createHash } from 'node:crypto'

/** Numbers of 0 ≤ x < 1, the same ones each time it is made anew. */
export type Random = () => number

/**
 * A generator for one purpose of one training: whoever goes on in the middle makes that of his epoch anew. Source: sfc32 of Chris Doty-Humphrey's
 * PractRand, its state from a SHA-256.
 * @example randomFor(111, 'order', 3)
 */
export const randomFor = (seed: number, ...purpose: readonly (string | number)[]): Random => {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...purpose]))
    .digest()
  let [a, b, c, counter] = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)) as [
    number,
    number,
    number,
    number,
  ]
  return () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
}

/** The items in another order. Source: Fisher & Yates, as Durstenfeld has it (CACM 1964, algorithm 235). */
export const shuffled = <T>(items: readonly T[], random: Random): T[] => {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[result[last], result[other]] = [result[other]!, result[last]!]
  }
  return result
}

/** Numbers of the normal distribution around 0. Source: Box & Muller 1958. */
export const normals = (count: number, deviation: number, random: Random): Float32Array =>
  Float32Array.from({ length: count }, () => {
    // 1 − x, as the logarithm of 0 is none.
    const radius = Math.sqrt(-2 * Math.log(1 - random()))
    return deviation * radius * Math.cos(2 * Math.PI * random())
  })
