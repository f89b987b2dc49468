/** ms. What a clock gains or loses by being corrected is less, what a box without a battery is wrong by is more. */
const JUMP_MS = 60_000

/**
 * The time, and by how much the clock was set since it was asked the last time: a box that starts with the time at which it was
 * switched off, and hears the right one minutes later, must not take for old what came in between.
 */
export const watchClock = (
  now: () => number,
  elapsed: () => number,
): (() => { now: number; set: number }) => {
  let difference = now() - elapsed()
  return () => {
    const wall = now()
    const set = wall - elapsed() - difference
    if (Math.abs(set) < JUMP_MS) return { now: wall, set: 0 }
    difference += set
    return { now: wall, set: Math.round(set) }
  }
}
