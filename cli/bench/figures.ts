import { median } from 'd3-array'

/** Three figures tell enough between runs that differ by some percent. */
export const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

/** Median, and in brackets the smallest and the largest. */
export const spreadOf = (values: readonly number[]): string =>
  values.length === 0
    ? '-'
    : `${figure(median(values)!)} (${figure(Math.min(...values))} … ${figure(Math.max(...values))})`

/** Value that a share of the numbers is not above (nearest rank); NaN of none. */
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? Number.NaN
