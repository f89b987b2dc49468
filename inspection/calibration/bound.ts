import { binomialCdf } from './binomial.ts'

/** How sure a stated false-reject rate is. */
const CONFIDENCE = 0.95

/**
 * Upper 95 % confidence bound of the false-reject rate of a threshold that was set strictly above an order statistic of
 * n good parts; it needs no assumption on how scores are distributed, only that later good parts come from where the n did.
 *
 * The rate of good parts beyond the k-th largest of n is Beta(k, n + 1 − k) distributed, whatever the distribution of the
 * scores; ties only lower it. The bound is that beta's 95 % quantile, which is Clopper and Pearson's bound for k − 1
 * rejects in n. For a rule on two values (score or map) the k of both add up: cutting off the blocks above one and then
 * above the other leaves a rate that is Beta(k₁ + k₂, n + 1 − k₁ − k₂) at most (Wald 1943, Tukey 1947, tolerance regions
 * from statistically equivalent blocks).
 *
 * @param blocks k, or k₁ + k₂: 1 = the threshold lies above all n
 * @example falseRejectBound(10, 1) // 0.259: ten parts without a reject cannot vouch for better than one in four
 */
export const falseRejectBound = (n: number, blocks: number, confidence = CONFIDENCE): number => {
  if (blocks > n) return 1
  if (blocks === 1) return 1 - (1 - confidence) ** (1 / n)
  // P(Beta(k, n+1−k) ≤ p) = P(Bin(n, p) ≥ k): look for the p at which at most k − 1 have become unlikely.
  let low = 0
  let high = 1
  for (let step = 0; step < 52; step++) {
    const middle = (low + high) / 2
    if (binomialCdf(blocks - 1, n, middle) > 1 - confidence) low = middle
    else high = middle
  }
  return high
}

/** Most blocks that n good parts may lose while still vouching for the rate; 0 = n is too small. */
export const blocksAllowed = (n: number, rate: number): number => {
  let fits = 0
  let fails = n + 1
  while (fails - fits > 1) {
    const middle = Math.floor((fits + fails) / 2)
    if (falseRejectBound(n, middle) <= rate) fits = middle
    else fails = middle
  }
  return fits
}

/** Fewest good parts that can vouch for the rate with that many blocks cut off: 299 for 1 % and one block. */
export const partsNeeded = (rate: number, blocks: number): number => {
  let fails = blocks - 1
  let fits = blocks
  while (falseRejectBound(fits, blocks) > rate) {
    fails = fits
    fits *= 2
  }
  while (fits - fails > 1) {
    const middle = Math.floor((fits + fails) / 2)
    if (falseRejectBound(middle, blocks) <= rate) fits = middle
    else fails = middle
  }
  return fits
}
