/** Time as the engine sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds, never running backwards. */
  now(): number
  /** Calls once after `ms`; returns what calls it off. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Longest delay of a Node timer; a longer one would fire at once. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1
