/** Below it a number has its exponent, as JSON has it, too. */
const LEAST_PLAIN = 1e-6

/** Decimals that a number below 1 has with so many significant digits. @example decimalsFor(0.00123, 4) // 6 */
export const decimalsFor = (value: number, digits: number): number =>
  value > 0 ? Math.max(0, digits - 1 - Math.floor(Math.log10(value))) : digits

/** With so many decimals; a number that would be nearly all zeros has them before its exponent. */
export const withDecimals = (value: number, decimals: number): string =>
  value > 0 && value < LEAST_PLAIN
    ? value.toExponential(Math.min(100, Math.max(0, decimals + Math.floor(Math.log10(value)))))
    : value.toFixed(Math.min(100, decimals))
