import { logChoose } from './binomial.ts'

/**
 * Exact p-value of the exceedance test: probability that at least as many of the new values lie above the j-th largest
 * reference value as were seen, both samples from one distribution, whatever it is. It looks at the upper tail, where a
 * drift first costs good parts and where the Kolmogorov–Smirnov test is weak. Ties count as not above.
 *
 * k or more new values above it means that the k + j − 1 largest of all hold at most j − 1 reference values: a
 * hypergeometric tail (Gumbel and von Schelling 1950, the number of exceedances).
 */
export const exceedancePValue = (
  reference: readonly number[],
  values: readonly number[],
  j: number,
): number => {
  const limit = reference.toSorted((a, b) => b - a)[j - 1]!
  const k = values.filter((value) => value > limit).length
  if (k === 0) return 1
  const n = reference.length
  const m = values.length
  const top = k + j - 1
  let tail = 0
  for (let i = Math.max(0, top - m); i < j; i++)
    tail += Math.exp(logChoose(n, i) + logChoose(m, top - i) - logChoose(n + m, top))
  return Math.min(1, tail)
}
