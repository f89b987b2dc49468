import type { Clock } from './clock.ts'
import type { EngineStatus } from './types.ts'

/** At most four notifications a second for counters: more than anybody can read. */
const QUIET_MS = 250
/** While images have passed lately the rate falls by itself, and nobody else would tell. */
const RATE_MS = 1000

export type StatusListener = (status: EngineStatus) => void

/** Tells listeners of a status: changes of state at once, counters at most four times a second and never too late. */
export const statusNotifier = (clock: Clock, read: () => EngineStatus) => {
  const listeners = new Set<StatusListener>()
  let lastAt = Number.NEGATIVE_INFINITY
  let lastState: EngineStatus['state'] | null = null
  let cancelNext = () => {}

  const tell = (): void => {
    cancelNext()
    const status = read()
    lastAt = clock.now()
    lastState = status.state
    for (const listener of listeners) listener(status)
    cancelNext = status.rate > 0 && status.state !== 'closed' ? clock.after(RATE_MS, tell) : () => {}
  }

  return {
    /** Something may have changed. */
    touch: (): void => {
      const dueMs = lastAt + QUIET_MS - clock.now()
      if (read().state !== lastState || dueMs <= 0) tell()
      else {
        cancelNext()
        cancelNext = clock.after(dueMs, tell)
      }
    },
    subscribe: (listener: StatusListener): (() => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
