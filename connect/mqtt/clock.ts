/** Time as the publisher sees it; tests bring their own. */
export interface Clock {
  /** ms since 1970. */
  now(): number
  /** Calls once after `ms`; returns what calls it off. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
