/** One judged image: 2 = over a threshold; 1 = not, but too high to clear an alarm; 0 = clear. */
export type Mark = 0 | 1 | 2

/** Plain JSON. */
export interface Alarm {
  readonly alarming: boolean
  /** Marks of the last judged images, newest last. */
  readonly recent: readonly Mark[]
}

export const NO_ALARM: Alarm = { alarming: false, recent: [] }

/**
 * n of m with hysteresis: an alarm begins when n of the last m judged images are over, and ends when fewer than n of them
 * are too high to clear it. With n = m = 1 that is a plain threshold with hysteresis. Undecided images are not judged and
 * must not be given.
 */
export const debounce = (
  before: Alarm,
  mark: Mark,
  { n, m }: { readonly n: number; readonly m: number },
): Alarm => {
  const recent = [...before.recent, mark].slice(-m)
  const least = before.alarming ? 1 : 2
  return { alarming: recent.filter((one) => one >= least).length >= n, recent }
}
