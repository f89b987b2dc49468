/** Reads one image at a time, for whoever asks and for whatever is announced. */
export interface Turns<A, R> {
  /** Puts an announcement into the one place that waits; gives the one that it pushes out. */
  announce(announcement: A): A | null
  /** A read that starts after now; all who wait for one share it. */
  ask(): Promise<R>
  /** The announcement that waits. */
  waiting(): A | null
  /** Takes it out. */
  drop(): void
  /** Takes in nothing more; settles when the read under way has ended. Askers are refused with the reason. */
  close(reason: Error): Promise<void>
}

/**
 * @param read must not throw for an announcement: it tells its handlers; null = for those who asked
 * @param soon starts a turn; what is announced in between is one announcement, the newest
 */
export const takeTurns = <A, R>(
  read: (announcement: A | null) => Promise<R>,
  soon: (start: () => void) => void = setImmediate,
): Turns<A, R> => {
  let next: A | null = null
  let asked: PromiseWithResolvers<R> | null = null
  let running: Promise<void> | null = null
  let closed: Error | null = null

  const turn = async (): Promise<void> => {
    if (next !== null) {
      const announcement = next
      next = null
      await read(announcement).catch(() => {})
    } else if (asked !== null) {
      const { resolve, reject } = asked
      asked = null
      await read(null).then(resolve, reject)
    }
  }
  const start = (): void => {
    running ??= new Promise<void>((resolve) => soon(resolve)).then(turn).finally(() => {
      running = null
      if (next !== null || asked !== null) start()
    })
  }

  return {
    announce: (announcement) => {
      if (closed) return null
      const before = next
      next = announcement
      start()
      return before
    },
    ask: () => {
      if (closed) return Promise.reject(closed)
      asked ??= Promise.withResolvers<R>()
      start()
      return asked.promise
    },
    waiting: () => next,
    drop: () => {
      next = null
    },
    close: async (reason) => {
      closed = reason
      next = null
      asked?.reject(reason)
      asked = null
      await running
    },
  }
}
