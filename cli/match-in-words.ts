import type { SelfTest } from '../engine/index.ts'

/** What a passed self-test has found, as the editor's dialog says it. */
export const matchInWords = ({ score, map, tolerance }: SelfTest): string =>
  `matches reference, largest difference ${score.toPrecision(2)} in the score and ${map.toPrecision(2)} in the map ` +
  `(allowed: ${tolerance.score} and ${tolerance.map})`
