import { codedError, messageOf, shown } from '../../errors/index.ts'
import {
  type CalibrationRule,
  type ChosenThresholds,
  type Drift,
  type Recommendation,
  readRecommendation,
} from '../calibration/index.ts'
import type { Mark } from './debounce.ts'
import { type Calibration, EMPTY_STATE, type KeyState, type ThresholdState } from './state.ts'

/**
 * Checks what a context store kept. Nothing kept is the empty state.
 * @throws THRESHOLD_STATE when it is of another version or damaged; going on with it could let anything pass
 */
export const readState = (kept: unknown): ThresholdState => {
  if (kept === undefined || kept === null) return EMPTY_STATE
  const state = record(kept, 'state')
  if (state.version !== 1) damaged('version', state.version, '1')
  const fresh = state.fresh
  return {
    version: 1,
    keys: list(state.keys, 'keys').map(readKey),
    forgotten: finite(state.forgotten, 'forgotten'),
    fresh: fresh === null || fresh === 'collect' ? fresh : readImported(fresh),
  }
}

const readKey = (kept: unknown): KeyState => {
  const { key, alarm, calibration } = record(kept, 'keys[]')
  if (typeof key !== 'string') return damaged('key', key, 'text')
  const { alarming, recent } = record(alarm, 'alarm')
  return {
    key,
    alarm: { alarming: flag(alarming, 'alarming'), recent: list(recent, 'recent').map(readMark) },
    calibration: calibration === null ? null : readCalibration(record(calibration, 'calibration')),
  }
}

const readCalibration = (kept: Record<string, unknown>): Calibration => {
  if (kept.state === 'imported')
    return { state: 'imported', by: 'control', recommendation: readImported(kept.recommendation) }
  const { model, by } = kept
  const { scores, peaks } = record(kept.parts, 'parts')
  const parts = { scores: finiteList(scores, 'scores'), peaks: finiteList(peaks, 'peaks') }
  if (parts.scores.length !== parts.peaks.length)
    damaged('peaks', parts.peaks.length, `as many as scores (${parts.scores.length})`)
  const common = {
    by: readStarter(by),
    minArea: finite(kept.minArea, 'minArea'),
    parts,
  }
  if (kept.state === 'collecting')
    return {
      state: 'collecting',
      ...common,
      model: model === null || typeof model === 'string' ? model : damaged('model', model, 'text or null'),
    }
  if (kept.state !== 'calibrated') return damaged('calibration.state', kept.state, 'a known one')
  if (parts.scores.length === 0) damaged('scores', [], 'at least one')
  return {
    state: 'calibrated',
    ...common,
    model: typeof model === 'string' ? model : damaged('model', model, 'text'),
    rule: readRule(record(kept.rule, 'rule')),
    chosen: readChosen(record(kept.chosen, 'chosen')),
    drift: readDrift(record(kept.drift, 'drift')),
  }
}

const readImported = (kept: unknown): Recommendation => {
  try {
    return readRecommendation(kept)
  } catch (cause) {
    return damaged('recommendation', kept, `one that can be imported (${messageOf(cause)})`, { cause })
  }
}

const readStarter = (by: unknown): Calibration['by'] =>
  by === 'settings' || by === 'control' ? by : damaged('by', by, 'settings or control')

const readRule = (kept: Record<string, unknown>): CalibrationRule => ({
  rule:
    kept.rule === 'quantile' || kept.rule === 'rate' ? kept.rule : damaged('rule', kept.rule, 'a known one'),
  quantile: finite(kept.quantile, 'quantile'),
  rate: finite(kept.rate, 'rate'),
  margin: finite(kept.margin, 'margin'),
  pixel: flag(kept.pixel, 'pixel'),
  configuredPixel: kept.configuredPixel === null ? null : limit(kept.configuredPixel, 'configuredPixel'),
})

const readChosen = (kept: Record<string, unknown>): ChosenThresholds => ({
  score: kept.score === null ? null : limit(kept.score, 'score'),
  pixel: kept.pixel === null ? null : limit(kept.pixel, 'pixel'),
  aboveMedian: finite(kept.aboveMedian, 'aboveMedian'),
  falseRejectBound: finite(kept.falseRejectBound, 'falseRejectBound'),
  partsNeeded: kept.partsNeeded === null ? null : finite(kept.partsNeeded, 'partsNeeded'),
})

const readDrift = (kept: Record<string, unknown>): Drift => ({
  window: finiteList(kept.window, 'window'),
  drifting: flag(kept.drifting, 'drifting'),
})

const readMark = (kept: unknown): Mark =>
  kept === 0 || kept === 1 || kept === 2 ? kept : damaged('recent', kept, '0, 1 or 2')

const record = (kept: unknown, name: string): Record<string, unknown> =>
  typeof kept === 'object' && kept !== null && !Array.isArray(kept)
    ? { ...kept }
    : damaged(name, kept, 'an object')

const list = (kept: unknown, name: string): readonly unknown[] =>
  Array.isArray(kept) ? kept : damaged(name, kept, 'a list')

const finiteList = (kept: unknown, name: string): readonly number[] =>
  list(kept, name).map((one) => finite(one, name))

const finite = (kept: unknown, name: string): number =>
  typeof kept === 'number' && Number.isFinite(kept) ? kept : damaged(name, kept, 'a finite number')

/** A threshold above 1 would let everything pass. */
const limit = (kept: unknown, name: string): number => {
  const found = finite(kept, name)
  return found >= 0 && found <= 1 ? found : damaged(name, kept, 'a number from 0 to 1')
}

const flag = (kept: unknown, name: string): boolean =>
  typeof kept === 'boolean' ? kept : damaged(name, kept, 'true or false')

const damaged = (name: string, found: unknown, expected: string, options?: ErrorOptions): never => {
  throw codedError(
    'THRESHOLD_STATE',
    `"${name}" in the context store is ${shown(found)}, expected ${expected}. ` +
      'Nothing is decided, and nothing is written there, until msg.control is calibrate or reset.',
    options,
  )
}
