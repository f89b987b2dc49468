/**
 * Distribution function of the binomial: probability of at most k successes in n trials of probability p.
 * Summed from the largest term outwards in logarithms, so that n of several thousand neither under- nor overflows.
 */
export const binomialCdf = (k: number, n: number, p: number): number => {
  if (k < 0) return 0
  if (k >= n || p <= 0) return 1
  if (p >= 1) return 0
  const logOdds = Math.log(p) - Math.log1p(-p)
  // log C(n, i) pⁱ (1−p)ⁿ⁻ⁱ, each term from the one before it.
  const logTerms = [n * Math.log1p(-p)]
  for (let i = 1; i <= k; i++) logTerms.push(logTerms[i - 1]! + Math.log((n - i + 1) / i) + logOdds)
  const largest = logTerms.reduce((a, b) => Math.max(a, b))
  const sum = logTerms.reduce((total, term) => total + Math.exp(term - largest), 0)
  return Math.min(1, Math.exp(largest) * sum)
}

/** log(n!) by Stirling's series from 20 on, by the product below; relative error under 1e-12. */
export const logFactorial = (n: number): number => {
  if (n < 20) {
    let product = 1
    for (let i = 2; i <= n; i++) product *= i
    return Math.log(product)
  }
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5)
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + series
}

/** log of the number of ways to choose k out of n. */
export const logChoose = (n: number, k: number): number =>
  logFactorial(n) - logFactorial(k) - logFactorial(n - k)
