/**
 * Exact p-value of the two-sample Kolmogorov–Smirnov test: probability that two samples of these sizes from one
 * continuous distribution have distribution functions at least as far apart as these two. With ties the true
 * probability is lower, so a test at level α never errs more often than α.
 *
 * Under the null hypothesis every order of the pooled values is equally likely: a random walk from (0, 0) to (n, m)
 * without replacement, of which the share that stays closer than the observed distance is summed cell by cell.
 */
export const kolmogorovPValue = (a: readonly number[], b: readonly number[]): number => {
  const n = a.length
  const m = b.length
  const distance = largestDistance(a, b)
  if (distance === 0) return 1
  // inside[j]: probability of having come to (i, j) without ever reaching the distance.
  let inside: number[] = []
  for (let i = 0; i <= n; i++) {
    const row: number[] = []
    for (let j = 0; j <= m; j++) {
      if (Math.abs(i * m - j * n) >= distance) row.push(0)
      else if (i === 0 && j === 0) row.push(1)
      else {
        const left = n + m - i - j + 1
        const fromA = i > 0 ? (inside[j]! * (n - i + 1)) / left : 0
        const fromB = j > 0 ? (row[j - 1]! * (m - j + 1)) / left : 0
        row.push(fromA + fromB)
      }
    }
    inside = row
  }
  return Math.min(1, Math.max(0, 1 - inside[m]!))
}

/** Largest |F_a − F_b| in steps of 1/(n·m), a whole number, so that no rounding decides; looked at between ties only. */
const largestDistance = (a: readonly number[], b: readonly number[]): number => {
  const x = a.toSorted((p, q) => p - q)
  const y = b.toSorted((p, q) => p - q)
  let i = 0
  let j = 0
  let largest = 0
  while (i < x.length && j < y.length) {
    const value = Math.min(x[i]!, y[j]!)
    while (i < x.length && x[i] === value) i++
    while (j < y.length && y[j] === value) j++
    largest = Math.max(largest, Math.abs(i * y.length - j * x.length))
  }
  return largest
}
