const WINDOW_MS = 10_000

/** Counts events over the last ten seconds. */
export const rateMeter = (now: () => number) => {
  let times: number[] = []
  const recent = (): number[] => {
    const since = now() - WINDOW_MS
    if (times[0] !== undefined && times[0] <= since) times = times.filter((time) => time > since)
    return times
  }
  return {
    count: (): void => {
      recent().push(now())
    },
    /** Events a second. */
    perSecond: (): number => recent().length / (WINDOW_MS / 1000),
  }
}
