/** Something that may fail to start, and is tried again until it is closed. */
export interface Persistent<T> {
  /** @throws the error of the last attempt while there is none that has succeeded */
  get(): Promise<T>
  close(end: (started: T) => Promise<void>): Promise<void>
}

/**
 * @param onFailure told of every attempt that failed
 */
export const persist = <T>(
  start: () => Promise<T>,
  onFailure: (thrown: unknown) => void,
  retryMs: number,
): Persistent<T> => {
  let timer: NodeJS.Timeout | null = null
  let closed = false
  let latest: Promise<T>
  const attempt = (): void => {
    latest = start()
    latest.catch((thrown: unknown) => {
      if (closed) return
      onFailure(thrown)
      timer = setTimeout(attempt, retryMs)
      timer.unref()
    })
  }
  attempt()
  return {
    get: () => latest,
    close: async (end) => {
      closed = true
      if (timer) clearTimeout(timer)
      const [started] = await Promise.allSettled([latest])
      if (started.status === 'fulfilled') await end(started.value)
    },
  }
}
