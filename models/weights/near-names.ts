/** Names offered in place of a missing one. */
const OFFERED = 3

/** A name this much longer or shorter is no slip of the pen; leaving it out also bounds the work on hostile names. */
const MAX_LENGTH_DIFFERENCE = 24

/** The names that take the fewest edits to reach, nearest first. */
export const nearNames = (wanted: string, names: readonly string[]): readonly string[] =>
  names
    .filter((name) => Math.abs(name.length - wanted.length) <= MAX_LENGTH_DIFFERENCE)
    .map((name) => ({ name, edits: editDistance(wanted, name) }))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, OFFERED)
    .map(({ name }) => name)

/** Insertions, deletions and replacements between two strings. Source: Wagner & Fischer 1974. */
const editDistance = (a: string, b: string): number => {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    above = row
  }
  return above[b.length]!
}
