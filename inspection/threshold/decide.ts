import { passingScores, trackDrift } from '../calibration/index.ts'
import { anomalousArea } from '../regions/index.ts'
import type { Verdict } from '../types.ts'
import { debounce, NO_ALARM } from './debounce.ts'
import { calibrated, calibrationInForce, clearingScore, limitsInForce, whyNotApplicable } from './in-force.ts'
import { inspectorText } from './inspector.ts'
import { type Measured, measure } from './measure.ts'
import { peakOf } from './peak.ts'
import { calibratedNotice, driftNotices, judgedReason, type Notice } from './reason.ts'
import { limitsOf, ruleOf, type ThresholdSettings } from './settings.ts'
import {
  type Calibrated,
  type Collecting,
  type Imported,
  type KeyState,
  keyState,
  newCollection,
  type ThresholdState,
  withKey,
} from './state.ts'
import { minAreaOf, summaryOf, undecided } from './verdict.ts'

export interface Decision {
  readonly state: ThresholdState
  readonly verdict: Verdict
  readonly notices: readonly Notice[]
}

/**
 * Decides on one image. Pure: what is remembered goes in and comes out.
 *
 * An image is over when its score is at or above the threshold, or when its map has a region at or above the pixel
 * threshold that covers the minimum area. Nothing is decided (level `undecided`, isAnomalous null) while good parts are
 * collected, when score or map are missing or not finite, and when the thresholds belong to another model; none of these
 * images counts for debouncing.
 * @throws THRESHOLD_INPUT when there is no anomaly
 */
export const decide = (
  settings: ThresholdSettings,
  state: ThresholdState,
  key: string,
  anomaly: unknown,
): Decision => {
  const before = keyState(state, key, limitsOf(settings, key).minArea)
  const calibration = calibrationInForce(settings, before)
  const measured = measure(anomaly)
  if (typeof measured === 'string') {
    const summary = summaryOf(settings, calibration)
    return { state, notices: [], verdict: undecided(key, scoreOf(anomaly), null, summary, measured) }
  }
  const outcome =
    calibration?.state === 'collecting'
      ? collect(settings, before, calibration, measured)
      : judge(settings, before, calibration, measured)
  const after = withKey(state, outcome.key)
  return { state: after, verdict: outcome.verdict, notices: [...outcome.notices, ...forgotten(state, after)] }
}

interface Outcome {
  readonly key: KeyState
  readonly verdict: Verdict
  readonly notices: readonly Notice[]
}

/** One more good part. It stays undecided, the last one too: nobody has judged it. */
const collect = (
  settings: ThresholdSettings,
  before: KeyState,
  kept: Collecting,
  { score, map, model: inspector }: Measured,
): Outcome => {
  const model = inspectorText(inspector)
  const isOtherModel = kept.model !== null && kept.model !== model
  const { parts } = isOtherModel ? newCollection(kept.by, kept.minArea) : kept
  const grown: Collecting = {
    ...kept,
    model,
    parts: { scores: [...parts.scores, score], peaks: [...parts.peaks, peakOf(map, kept.minArea)] },
  }
  const collected = grown.parts.scores.length
  const after =
    collected >= settings.goodParts ? calibrated(grown, model, ruleOf(settings, before.key)) : grown
  const notices: Notice[] = []
  if (isOtherModel)
    notices.push({
      level: 'warn',
      text: `key "${before.key}": the model is now ${model}, good parts are collected anew`,
    })
  if (after.state === 'calibrated') notices.push(calibratedNotice(before.key, after))
  const reason = `collecting good parts: ${collected} of ${settings.goodParts}`
  return {
    key: { ...before, alarm: NO_ALARM, calibration: after },
    verdict: undecided(before.key, score, null, summaryOf(settings, after), reason),
    notices,
  }
}

/** Takes the verdict from thresholds that are there. */
const judge = (
  settings: ThresholdSettings,
  before: KeyState,
  calibration: Calibrated | Imported | null,
  { score, map, model }: Measured,
): Outcome => {
  const { key } = before
  const limits = limitsInForce(calibration, limitsOf(settings, key))
  const problem = whyNotApplicable(calibration, limits, model)
  if (problem !== null) {
    const verdict = undecided(key, score, limits, summaryOf(settings, calibration), problem)
    return { key: { ...before, calibration: calibration ?? before.calibration }, verdict, notices: [] }
  }
  const area =
    limits.pixel === null ? 0 : anomalousArea(map, { pixelThreshold: limits.pixel, minArea: limits.minArea })
  const isOver = (limits.score !== null && score >= limits.score) || area > 0
  const mayClear = score < clearingScore(settings, calibration, limits)
  const alarm = debounce(before.alarm, isOver ? 2 : mayClear ? 0 : 1, settings.debounce)
  const isWarning = isOver || (limits.warning !== null && score >= limits.warning)
  const followed = isOver ? calibration : withDrift(calibration, score)
  const summary = summaryOf(settings, followed)
  return {
    key: { key, alarm, calibration: followed ?? before.calibration },
    verdict: {
      level: alarm.alarming ? 'alarm' : isWarning ? 'warning' : 'ok',
      isAnomalous: alarm.alarming,
      score,
      threshold: limits.score,
      pixelThreshold: limits.pixel,
      minArea: minAreaOf(limits),
      area,
      key,
      reason: judgedReason({
        score,
        area,
        limits,
        alarming: alarm.alarming,
        isOver,
        over: alarm.recent.filter((mark) => mark === 2).length,
        debounce: settings.debounce,
      }),
      calibration: summary,
    },
    notices: driftNotices(
      key,
      summaryOf(settings, calibration)?.drifting ?? false,
      summary?.drifting ?? false,
    ),
  }
}

/** Follows the scores of parts that pass, see trackDrift. Imported thresholds have no good parts to compare with. */
const withDrift = (calibration: Calibrated | Imported | null, score: number): typeof calibration => {
  if (calibration?.state !== 'calibrated') return calibration
  const { parts, chosen } = calibration
  const drift = trackDrift(calibration.drift, score, () => passingScores(parts, chosen))
  return { ...calibration, drift }
}

const scoreOf = (anomaly: unknown): number => {
  const score: unknown = Reflect.get(Object(anomaly), 'score')
  return typeof score === 'number' ? score : Number.NaN
}

const forgotten = (before: ThresholdState, after: ThresholdState): readonly Notice[] =>
  after.forgotten === before.forgotten
    ? []
    : [
        {
          level: 'warn',
          text: `key "${before.keys[0]?.key}" was forgotten with its calibration: a node remembers ${before.keys.length} keys`,
        },
      ]
