/**
 * Counts pieces of work that take about equally long, and says when the last one will be done. Pieces that were done before, and only have
 * to be fetched, say nothing about the pace.
 */
export const timeLeft = (total: number, now: () => number = () => performance.now()) => {
  let done = 0
  let worked = 0
  let spent = 0
  /** When the piece before was done; null before the first one, as the model had to be loaded for it. */
  let before: number | null = null
  return {
    /** One more is done. @returns the share of all that are, 0..1 */
    next: ({ isWork = true } = {}): number => {
      const at = now()
      if (isWork && before !== null) {
        spent += at - before
        worked++
      }
      before = at
      done++
      return total === 0 ? 1 : done / total
    },
    /** "12 s left", "3 min left"; '' while it cannot be said. */
    left: (): string => {
      if (worked === 0 || done >= total) return ''
      const seconds = ((spent / worked) * (total - done)) / 1000
      if (seconds < 100) return `${Math.ceil(seconds)} s left`
      const minutes = Math.ceil(seconds / 60)
      return minutes < 100 ? `${minutes} min left` : `${(minutes / 60).toFixed(1)} h left`
    },
  }
}
