import { median } from './measure.ts'

export type Cell = string | number

export const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** Three figures tell enough between runs that differ by some percent. */
export const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
export const ratio = (value: number): string => value.toFixed(3)

/** Median, and in brackets the smallest and the largest. */
export const spread = (values: readonly number[]): string =>
  `${figure(median(values))} (${figure(Math.min(...values))} … ${figure(Math.max(...values))})`

interface Pair {
  readonly bare: number
  readonly other: number
}

/** Two ways to compare what was measured turn by turn: the second does not see what slowed both. */
export const ratios = (pairs: readonly Pair[]): [Cell, Cell] => [
  ratio(median(pairs.map(({ other }) => other)) / median(pairs.map(({ bare }) => bare))),
  ratio(median(pairs.map(({ bare, other }) => other / bare))),
]
