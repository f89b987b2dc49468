import type { Clock } from '../../../engine/clock.ts'

/** A clock that stands still until it is told to go on. */
export const fakeClock = () => {
  let now = 0
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()

  /** Goes on by `ms` and runs what falls due on the way, in order. */
  const advance = (ms: number): void => {
    const until = now + ms
    for (;;) {
      const next = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      timers.delete(next)
      now = Math.max(now, next.at)
      next.run()
    }
    now = until
  }

  const clock: Clock = {
    now: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }
  return { clock, advance, pending: () => timers.size }
}
