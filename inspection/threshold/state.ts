import type {
  CalibrationRule,
  ChosenThresholds,
  Drift,
  GoodParts,
  Recommendation,
} from '../calibration/index.ts'
import { type Alarm, NO_ALARM } from './debounce.ts'

/**
 * Keys that a node remembers. With one more, the key that has not been used for longest is forgotten with its
 * calibration, and counted: a key taken from something that never repeats must not fill the context store.
 */
export const MAX_KEYS = 256

/** Why there is a calibration: a control message outlives a change of settings, the settings' own does not. */
type StartedBy = 'settings' | 'control'

export interface Collecting {
  readonly state: 'collecting'
  readonly by: StartedBy
  /** What the parts were scored by, as `inspectorText` has it; null before the first part. */
  readonly model: string | null
  /** Percent; what `peaks` were measured with. */
  readonly minArea: number
  readonly parts: GoodParts
}

export interface Calibrated {
  readonly state: 'calibrated'
  readonly by: StartedBy
  readonly model: string
  readonly minArea: number
  readonly parts: GoodParts
  /** Rule that `chosen` follows; chosen anew from `parts` when the settings have another one. */
  readonly rule: CalibrationRule
  readonly chosen: ChosenThresholds
  readonly drift: Drift
}

export interface Imported {
  readonly state: 'imported'
  readonly by: 'control'
  readonly recommendation: Recommendation
}

export type Calibration = Collecting | Calibrated | Imported

export interface KeyState {
  readonly key: string
  readonly alarm: Alarm
  /** null: as the settings say. */
  readonly calibration: Calibration | null
}

/** What a threshold remembers between images and restarts; plain JSON, for a Node-RED context store. */
export interface ThresholdState {
  readonly version: 1
  /** Least recently used first. */
  readonly keys: readonly KeyState[]
  /** Keys forgotten so far, see MAX_KEYS. */
  readonly forgotten: number
  /** How a new key starts after a control message without a key; null = as the settings say. */
  readonly fresh: 'collect' | Recommendation | null
}

export const EMPTY_STATE: ThresholdState = { version: 1, keys: [], forgotten: 0, fresh: null }

export const newCollection = (by: StartedBy, minArea: number): Collecting => ({
  state: 'collecting',
  by,
  model: null,
  minArea,
  parts: { scores: [], peaks: [] },
})

/** What is remembered of a key, or what a key never seen starts with. */
export const keyState = (state: ThresholdState, key: string, minArea: number): KeyState =>
  state.keys.find((one) => one.key === key) ?? {
    key,
    alarm: NO_ALARM,
    calibration:
      state.fresh === null
        ? null
        : state.fresh === 'collect'
          ? newCollection('control', minArea)
          : { state: 'imported', by: 'control', recommendation: state.fresh },
  }

/** Puts a key in as the one used last; the oldest go when there are too many. */
export const withKey = (state: ThresholdState, changed: KeyState): ThresholdState => {
  const keys = [...state.keys.filter(({ key }) => key !== changed.key), changed]
  const over = Math.max(0, keys.length - MAX_KEYS)
  return { ...state, keys: keys.slice(over), forgotten: state.forgotten + over }
}
