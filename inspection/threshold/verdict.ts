import type { CalibrationSummary, Verdict } from '../types.ts'
import type { Limits, ThresholdSettings } from './settings.ts'
import type { Calibration } from './state.ts'

/** Not decided is never "ok": isAnomalous is null, and the reason says why. */
export const undecided = (
  key: string,
  score: number,
  limits: Limits | null,
  calibration: CalibrationSummary | null,
  reason: string,
): Verdict => ({
  level: 'undecided',
  isAnomalous: null,
  score,
  threshold: limits?.score ?? null,
  pixelThreshold: limits?.pixel ?? null,
  minArea: limits === null ? null : minAreaOf(limits),
  area: 0,
  key,
  reason,
  calibration,
})

/** Of limits that do not judge the map it is null: a minimum area says nothing without the pixel threshold it goes with. */
export const minAreaOf = ({ pixel, minArea }: Limits): number | null => (pixel === null ? null : minArea)

/** Where a key stands with its calibration; null when it is judged by configured thresholds. */
export const summaryOf = (
  settings: ThresholdSettings,
  calibration: Calibration | null,
): CalibrationSummary | null => {
  if (calibration === null) return null
  if (calibration.state === 'imported') {
    const { goodParts, falseRejectBound } = calibration.recommendation
    return { state: 'done', collected: goodParts, wanted: goodParts, falseRejectBound, drifting: false }
  }
  const isDone = calibration.state === 'calibrated'
  return {
    state: isDone ? 'done' : 'collecting',
    collected: calibration.parts.scores.length,
    wanted: settings.goodParts,
    falseRejectBound: isDone ? calibration.chosen.falseRejectBound : null,
    drifting: isDone && settings.driftWarning && calibration.drift.drifting,
  }
}
