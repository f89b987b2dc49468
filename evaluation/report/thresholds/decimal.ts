import { decimalsFor, withDecimals } from '../digits.ts'

/** Significant ones; beyond 17 every float64 has been told from its neighbours. */
const DIGITS = { least: 4, most: 17 }

/**
 * A threshold in so few digits that a person can copy it, and that still divides the images as it does: above one score and not above the
 * next. Scores crowd below 1 (0.99999), where four digits would be another threshold, and near 0, where four decimals would be nothing.
 * @param near what it should be close to, in [below, above]: the last digit differs by one at most
 * @param below the highest score that must stay under it
 * @param above the lowest score that must be at or above it
 * @example decimalBetween(0.71, { below: 0.71, above: 0.73 }) // '0.7101'
 * @returns null where no float64 lies between them
 */
export const decimalBetween = (
  near: number,
  { below, above }: { readonly below: number; readonly above: number },
): string | null => {
  for (let digits = DIGITS.least; digits <= DIGITS.most; digits++) {
    const decimals = decimalsFor(near, digits)
    const step = 10 ** -decimals
    const found = [near, near + step / 2, near - step / 2, near + step]
      .map((value) => withDecimals(value, decimals))
      .find((text) => Number(text) > below && Number(text) <= above)
    if (found !== undefined) return found
  }
  return near > below && near <= above ? String(near) : null
}
