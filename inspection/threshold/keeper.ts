/** Where a state is kept: a Node-RED context store, which may be asynchronous. */
export interface Store {
  readonly read: () => Promise<unknown>
  readonly write: (state: unknown) => Promise<void>
}

/** Runs a function later; gives back how to call it off. */
export type Timer = (run: () => void, afterMs: number) => () => void

export interface Keeper {
  /** Writes the state: at once, or together with what follows within the interval. */
  readonly keep: (state: unknown, when: 'now' | 'soon') => void
  /** Writes what has not been written yet; resolves when it is. */
  readonly flush: () => Promise<void>
  /** Forgets what has not been written yet; resolves when no write is under way any more. */
  readonly discard: () => Promise<void>
}

/** At most one write an interval for what changes with every image: a context store may be a file or a network away. */
const INTERVAL_MS = 5_000

/**
 * Writes a state to a store one write after the other, so that an older one never overtakes a newer one.
 * @param onError told of a failed write; the next one tries again with what is newest then
 */
export const createKeeper = (
  store: Store,
  onError: (thrown: unknown) => void,
  timer: Timer = wallClock,
): Keeper => {
  let pending: { readonly state: unknown } | null = null
  let callOff: (() => void) | null = null
  let writing = Promise.resolve()

  const flush = (): Promise<void> => {
    callOff?.()
    callOff = null
    if (pending === null) return writing
    const { state } = pending
    pending = null
    writing = writing.then(() => store.write(state)).catch(onError)
    return writing
  }
  return {
    keep: (state, when) => {
      pending = { state }
      if (when === 'now') void flush()
      else callOff ??= timer(() => void flush(), INTERVAL_MS)
    },
    flush,
    discard: () => {
      pending = null
      return flush()
    },
  }
}

const wallClock: Timer = (run, afterMs) => {
  const timeout = setTimeout(run, afterMs)
  timeout.unref()
  return () => clearTimeout(timeout)
}
