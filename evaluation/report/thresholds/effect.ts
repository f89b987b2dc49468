import type { Scored } from '../../results/index.ts'

/** What thresholds would have done to the images that were evaluated. */
export interface Effect {
  /** Good images that would have been alarms. */
  readonly falseAlarms: number
  /** Bad images that would have passed. */
  readonly misses: number
}

/** As the node `threshold` decides: over by the score, or by a pixel of the map. @param pixel null = the map is not judged */
export const effectOf = (
  scored: readonly Scored[],
  { score, pixel }: { readonly score: number; readonly pixel: number | null },
): Effect => {
  const isOver = (image: Scored): boolean => image.score >= score || (pixel !== null && image.peak >= pixel)
  return {
    falseAlarms: scored.filter((image) => image.label === 0 && isOver(image)).length,
    misses: scored.filter((image) => image.label === 1 && !isOver(image)).length,
  }
}
