import { type CalibrationRule, chooseThresholds, NO_DRIFT } from '../calibration/index.ts'
import { type Inspector, inspectorText } from './inspector.ts'
import { isCalibrated, type Limits, limitsOf, ruleOf, type ThresholdSettings } from './settings.ts'
import {
  type Calibrated,
  type Calibration,
  type Collecting,
  type Imported,
  type KeyState,
  newCollection,
} from './state.ts'

/** The calibration that counts for a key under these settings, which may have changed since it was kept; null = none. */
export const calibrationInForce = (
  settings: ThresholdSettings,
  { key, calibration }: KeyState,
): Calibration | null => {
  const { minArea } = limitsOf(settings, key)
  const isWanted = isCalibrated(settings, key)
  if (calibration === null || (calibration.by === 'settings' && !isWanted))
    return isWanted ? newCollection('settings', minArea) : null
  if (calibration.state === 'imported') return calibration
  // Peaks measured with another minimum area say nothing about this one.
  const rule = ruleOf(settings, key)
  if ((rule.pixel || rule.configuredPixel !== null) && calibration.minArea !== minArea)
    return newCollection(calibration.by, minArea)
  if (calibration.state === 'calibrated' && !isSameRule(calibration.rule, rule))
    return calibrated(calibration, calibration.model, rule)
  return calibration
}

/** Chooses thresholds from the parts there are. */
export const calibrated = (
  { by, minArea, parts }: Collecting | Calibrated,
  model: string,
  rule: CalibrationRule,
): Calibrated => ({
  state: 'calibrated',
  by,
  model,
  minArea,
  parts,
  rule,
  chosen: chooseThresholds(parts, rule),
  drift: NO_DRIFT,
})

/** What judges an image, once there are thresholds. A configured warning belongs to the configured score. */
export const limitsInForce = (calibration: Calibrated | Imported | null, configured: Limits): Limits => {
  if (calibration === null) return configured
  if (calibration.state === 'calibrated')
    return {
      score: calibration.chosen.score,
      warning: null,
      pixel: calibration.chosen.pixel,
      minArea: configured.minArea,
    }
  const { score, warning, pixel, minArea } = calibration.recommendation
  return { score, warning, pixel, minArea: minArea ?? configured.minArea }
}

/** Why these thresholds cannot judge an image that was inspected by this model, under this class and view; null when they can. */
export const whyNotApplicable = (
  calibration: Calibrated | Imported | null,
  limits: Limits,
  inspector: Inspector,
): string | null => {
  const holdsFor = modelOf(calibration, inspector)
  const found = inspectorText(inspector)
  if (holdsFor !== null && holdsFor !== found)
    return `the thresholds hold for model ${holdsFor}, the image was inspected by ${found}: calibrate again`
  if (limits.score === null && limits.pixel === null)
    return 'good parts already reach 1, so nothing could be told from them: use another model or view'
  return null
}

/**
 * The score that an alarm must fall below to clear. On calibrated thresholds never below half of the good parts, or scores
 * that crowd together (all of them near 1) could keep an alarm up for ever.
 */
export const clearingScore = (
  { hysteresis }: ThresholdSettings,
  calibration: Calibrated | Imported | null,
  { score }: Limits,
): number => {
  if (score === null) return Infinity
  const floor = calibration?.state === 'calibrated' ? calibration.chosen.aboveMedian : -Infinity
  return Math.max(score - hysteresis, floor)
}

/** A recommendation that says no class holds for every class of its model. */
const modelOf = (
  calibration: Calibrated | Imported | null,
  { className: found }: Inspector,
): string | null => {
  if (calibration === null) return null
  if (calibration.state === 'calibrated') return calibration.model
  const { model } = calibration.recommendation
  if (model === null) return null
  const { name, version, className = found } = model
  // It was made on whole images.
  return inspectorText({ model: `${name}@${version}`, className, view: null })
}

const isSameRule = (a: CalibrationRule, b: CalibrationRule): boolean =>
  a.rule === b.rule &&
  a.quantile === b.quantile &&
  a.rate === b.rate &&
  a.margin === b.margin &&
  a.pixel === b.pixel &&
  a.configuredPixel === b.configuredPixel
