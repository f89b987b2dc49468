/** Highest value of a map: `Math.max` cannot take so many. */
export const highest = (values: Float32Array): number => {
  let found = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) if (values[i]! > found) found = values[i]!
  return found
}
