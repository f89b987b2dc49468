/** Counts pieces of work that take about equally long, and says when the last one will be done. */
export const timeLeft = (total: number, now: () => number = () => performance.now()) => {
  let done = 0
  let start = 0
  return {
    /** One more is done. @returns the share of all that are, 0..1 */
    next: (): number => {
      // From the first one that is done: the model had to be loaded before it.
      if (done === 0) start = now()
      done++
      return total === 0 ? 1 : done / total
    },
    /** "12 s left", "3 min left"; '' while it cannot be said. */
    left: (): string => {
      if (done < 2 || done >= total) return ''
      const seconds = (((now() - start) / (done - 1)) * (total - done)) / 1000
      if (seconds < 100) return `${Math.ceil(seconds)} s left`
      const minutes = Math.ceil(seconds / 60)
      return minutes < 100 ? `${minutes} min left` : `${(minutes / 60).toFixed(1)} h left`
    },
  }
}
