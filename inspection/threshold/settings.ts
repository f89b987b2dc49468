import { codedError, shown } from '../../errors/index.ts'
import type { CalibrationRule } from '../calibration/index.ts'

/** Limits that one image is judged by. */
export interface Limits {
  /** 0..1; an image is over from here on. Null: the score is not judged. */
  readonly score: number | null
  /** 0..1, below `score`; null = no warning level. */
  readonly warning: number | null
  /** 0..1; null = the map is not judged. */
  readonly pixel: number | null
  /** Percent of the map that a region must cover to count. */
  readonly minArea: number
}

export interface ThresholdSettings {
  readonly mode: 'fixed' | 'calibrate'
  readonly limits: Limits & { readonly score: number }
  /** Score difference below the threshold at which an alarm clears. */
  readonly hysteresis: number
  /** Alarm when n of the last m judged images of a key are over. */
  readonly debounce: { readonly n: number; readonly m: number }
  /** What a key has of its own; null = as for all keys. */
  readonly keys: ReadonlyMap<string, { readonly [F in keyof Limits]: number | null }>
  /** Good parts to collect for a calibration. */
  readonly goodParts: number
  readonly rule: Omit<CalibrationRule, 'configuredPixel'>
  readonly driftWarning: boolean
}

/**
 * Reads the settings as the editor saves them: numbers or their text, '' = off or default. Fields that a flow does not
 * have get the value they had when they came in (version 1), so that no update changes a saved flow's verdicts.
 * @throws THRESHOLD_SETTINGS naming the setting, what was found and what is expected
 */
export const readSettings = (config: object): ThresholdSettings => {
  const mode = choice(config, 'mode', ['fixed', 'calibrate'], 'fixed')
  const limits = {
    score: number(config, 'score', { above: 0, max: 1 }) ?? 0.5,
    warning: number(config, 'warning', { min: 0, max: 1 }),
    pixel: number(config, 'pixel', { above: 0, max: 1 }),
    minArea: number(config, 'minArea', { min: 0, max: 100 }) ?? 0,
  }
  const debounce = {
    n: number(config, 'debounceN', { min: 1, max: MAX_DEBOUNCE, integer: true }) ?? 1,
    m: number(config, 'debounceM', { min: 1, max: MAX_DEBOUNCE, integer: true }) ?? 1,
  }
  if (debounce.n > debounce.m) refuse('debounceN', debounce.n, `at most "debounceM" (${debounce.m})`)
  const settings: ThresholdSettings = {
    mode,
    limits,
    hysteresis: number(config, 'hysteresis', { min: 0, max: 1 }) ?? 0,
    debounce,
    keys: ownLimits(config),
    goodParts: number(config, 'goodParts', { min: MIN_GOOD_PARTS, max: MAX_GOOD_PARTS, integer: true }) ?? 50,
    rule: {
      rule: choice(config, 'rule', ['quantile', 'rate'], 'quantile'),
      quantile: number(config, 'quantile', { min: 0.5, max: 1 }) ?? 0.99,
      rate: number(config, 'rate', { min: 0.0001, max: 0.5 }) ?? 0.01,
      margin: number(config, 'margin', { min: 0, below: 1 }) ?? 0,
      pixel: flag(config, 'calibratePixel', true),
    },
    driftWarning: flag(config, 'driftWarning', true),
  }
  // A warning belongs to a configured score; calibrated and imported thresholds do not use it.
  if (mode === 'fixed') {
    checkWarning('warning', limits)
    for (const key of settings.keys.keys())
      checkWarning(`settings: warning of key "${key}"`, limitsOf(settings, key))
  }
  return settings
}

/** The configured limits of a key: its own where it has some, else those of all. */
export const limitsOf = (
  { limits, keys }: ThresholdSettings,
  key: string,
): Limits & { readonly score: number } => {
  const own = keys.get(key)
  return {
    score: own?.score ?? limits.score,
    warning: own?.warning ?? limits.warning,
    pixel: own?.pixel ?? limits.pixel,
    minArea: own?.minArea ?? limits.minArea,
  }
}

/** How a key is calibrated. */
export const ruleOf = (settings: ThresholdSettings, key: string): CalibrationRule => ({
  ...settings.rule,
  configuredPixel: settings.rule.pixel ? null : limitsOf(settings, key).pixel,
})

/** Whether the settings ask for a key's calibration; a key with a score of its own is fixed. */
export const isCalibrated = ({ mode, keys }: ThresholdSettings, key: string): boolean =>
  mode === 'calibrate' && (keys.get(key)?.score ?? null) === null

/** A threshold from one part would be an accident; from two on the stated bound speaks for itself. */
export const MIN_GOOD_PARTS = 2
/** Enough for a rate of 0.1 % on score and map (4,742), and still a moderate entry in a context store. */
const MAX_GOOD_PARTS = 5_000
const MAX_DEBOUNCE = 100

const ownLimits = (config: object): ThresholdSettings['keys'] => {
  const rows: unknown = Reflect.get(config, 'settings') ?? []
  if (!Array.isArray(rows)) return refuse('settings', rows, 'a list of settings per key')
  const keys = new Map<string, { readonly [F in keyof Limits]: number | null }>()
  for (const [index, row] of rows.entries()) {
    const where = `settings[${index}]`
    if (typeof row !== 'object' || row === null) return refuse(where, row, 'an object with a key')
    const key: unknown = Reflect.get(row, 'key')
    if (typeof key !== 'string') return refuse(`${where}.key`, key, 'text')
    if (keys.has(key)) return refuse(`${where}.key`, key, 'each key once')
    keys.set(key, {
      score: number(row, 'score', { above: 0, max: 1 }, where),
      warning: number(row, 'warning', { min: 0, max: 1 }, where),
      pixel: number(row, 'pixel', { above: 0, max: 1 }, where),
      minArea: number(row, 'minArea', { min: 0, max: 100 }, where),
    })
  }
  return keys
}

const checkWarning = (name: string, { warning, score }: Limits & { readonly score: number }): void => {
  if (warning !== null && warning >= score)
    refuse(name, warning, `a number below the score threshold (${score})`)
}

interface NumberRule {
  readonly min?: number
  readonly above?: number
  readonly max?: number
  readonly below?: number
  readonly integer?: boolean
}

/** null for an empty field. */
const number = (config: object, field: string, rule: NumberRule, where?: string): number | null => {
  const saved: unknown = Reflect.get(config, field)
  if (saved === undefined || saved === null || (typeof saved === 'string' && saved.trim() === '')) return null
  const value = typeof saved === 'number' ? saved : typeof saved === 'string' ? Number(saved) : Number.NaN
  const { min = -Infinity, above = -Infinity, max = Infinity, below = Infinity, integer = false } = rule
  if (value >= min && value > above && value <= max && value < below && (!integer || Number.isInteger(value)))
    return value
  const range = [
    rule.min !== undefined ? `from ${min}` : '',
    rule.above !== undefined ? `above ${above}` : '',
    rule.max !== undefined ? `up to ${max}` : '',
    rule.below !== undefined ? `below ${below}` : '',
  ]
  return refuse(
    where ? `${where}.${field}` : field,
    saved,
    `a ${integer ? 'whole ' : ''}number ${range.filter(Boolean).join(' ')}`,
  )
}

const choice = <T extends string>(config: object, field: string, words: readonly T[], fallback: T): T => {
  const saved: unknown = Reflect.get(config, field)
  if (saved === undefined || saved === '') return fallback
  return words.find((word) => word === saved) ?? refuse(field, saved, `one of ${words.join(', ')}`)
}

const flag = (config: object, field: string, fallback: boolean): boolean => {
  const saved: unknown = Reflect.get(config, field)
  if (saved === undefined) return fallback
  return typeof saved === 'boolean' ? saved : refuse(field, saved, 'true or false')
}

const refuse = (setting: string, found: unknown, expected: string): never => {
  throw codedError(
    'THRESHOLD_SETTINGS',
    `"${setting}" is ${shown(found)}, expected ${expected}. Open the node and correct it.`,
  )
}
