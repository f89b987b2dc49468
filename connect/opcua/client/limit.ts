/**
 * Waits for a promise, but never longer than a limit or until a signal; what comes later is dropped, also when it is an error.
 * @throws what `late` makes when the limit is reached; the signal's reason
 */
export const withinLimit = async <T>(
  work: Promise<T>,
  limitMs: number,
  late: () => Error,
  signal?: AbortSignal,
): Promise<T> => {
  // Nobody listens any more to what loses the race.
  work.catch(() => {})
  const { promise: limit, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), limitMs)
  const abort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
