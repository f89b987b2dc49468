import { exceedancePValue } from './exceedance.ts'
import { kolmogorovPValue } from './kolmogorov.ts'

/** Good parts in one window; windows do not overlap, so that each part is tested once. */
export const DRIFT_WINDOW = 100

/**
 * Probability that a window without drift raises the warning: half of it for each of the two tests. One false warning in
 * 1,000 windows, that is in 100,000 good parts, on average over calibrations.
 */
const FALSE_ALARM = 0.001

/** A warning goes when a window looks ordinary again: neither test at this level. */
const ORDINARY = 0.05

/** Share of the reference that counts as its upper tail. */
const TAIL = 0.1

/** Plain JSON. */
export interface Drift {
  /** Scores of good parts since the last window was full. */
  readonly window: readonly number[]
  readonly drifting: boolean
}

export const NO_DRIFT: Drift = { window: [], drifting: false }

/**
 * Takes one more score of a good part. When a window is full it is compared with the reference and emptied.
 *
 * After calibration nobody says which parts are good: those under every threshold are taken for it, so their scores are
 * censored there. The reference must be censored in the same way, or the missing tail would look like drift.
 * @param referenceOf gives the scores of the calibration's good parts that pass its thresholds (`passingScores`)
 */
export const trackDrift = (
  drift: Drift,
  score: number,
  referenceOf: () => readonly number[],
  falseAlarm = FALSE_ALARM,
): Drift => {
  const window = [...drift.window, score]
  if (window.length < DRIFT_WINDOW) return { ...drift, window }
  const reference = referenceOf()
  const least = Math.min(
    kolmogorovPValue(reference, window),
    exceedancePValue(reference, window, Math.ceil(reference.length * TAIL)),
  )
  // Two tests share the level (Bonferroni).
  if (least < falseAlarm / 2) return { window: [], drifting: true }
  return { window: [], drifting: drift.drifting && least < ORDINARY / 2 }
}
