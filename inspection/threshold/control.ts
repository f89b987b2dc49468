import { codedError, shown } from '../../errors/index.ts'
import { readRecommendation } from '../calibration/index.ts'
import { NO_ALARM } from './debounce.ts'
import { calibrated, calibrationInForce } from './in-force.ts'
import { calibratedNotice, type Notice } from './reason.ts'
import { limitsOf, MIN_GOOD_PARTS, ruleOf, type ThresholdSettings } from './settings.ts'
import {
  type Calibration,
  EMPTY_STATE,
  type KeyState,
  newCollection,
  type ThresholdState,
  withKey,
} from './state.ts'

/** A control message; without a key it is meant for every key, those to come included. */
export interface Control {
  readonly control?: unknown
  readonly key?: unknown
  readonly payload?: unknown
  /** true = only where nothing was told before, or the store has forgotten it: for who tells the same at each start. */
  readonly keep?: unknown
}

export interface Obeyed {
  readonly state: ThresholdState
  readonly notices: readonly Notice[]
}

/**
 * Obeys a control message: `calibrate` (start over with good parts), `finish` (close the collection with what there is),
 * `reset` (back to what the settings say, as if the key had never been seen) or `import` (thresholds from a
 * recommendation in the payload). Pure.
 * @throws THRESHOLD_CONTROL for an unknown control, a key that is not text, or nothing to finish
 * @throws THRESHOLD_RECOMMENDATION for a payload that cannot be imported
 */
export const obey = (
  settings: ThresholdSettings,
  state: ThresholdState,
  { control, key, payload, keep }: Control,
): Obeyed => {
  const one = keyOf(key)
  if (keep === true && isTold(state)) return { state, notices: [] }
  switch (control) {
    case 'calibrate': {
      const start = (name: string): Calibration => newCollection('control', limitsOf(settings, name).minArea)
      return { state: replaced(state, one, 'collect', start), notices: [] }
    }
    case 'finish':
      return finish(settings, state, one)
    case 'reset':
      return {
        state: one === null ? { ...EMPTY_STATE, forgotten: state.forgotten } : restarted(state, one),
        notices: [],
      }
    case 'import': {
      const recommendation = readRecommendation(payload)
      const imported: Calibration = { state: 'imported', by: 'control', recommendation }
      return { state: replaced(state, one, recommendation, () => imported), notices: [] }
    }
    default:
      throw codedError(
        'THRESHOLD_CONTROL',
        `msg.control is ${shown(control)}, expected calibrate, finish, reset or import. Messages with an image ` +
          'must not have msg.control.',
      )
  }
}

const isTold = ({ fresh, keys }: ThresholdState): boolean =>
  fresh !== null || keys.some(({ calibration }) => calibration?.by === 'control')

const keyOf = (key: unknown): string | null => {
  if (key === undefined || key === null) return null
  if (typeof key === 'string' || typeof key === 'number') return String(key)
  throw codedError(
    'THRESHOLD_CONTROL',
    `msg.key is ${shown(key)}, expected the text of one key, or no msg.key for every key.`,
  )
}

/** Gives one key, or every key and those to come, another calibration; what they remember of alarms goes. */
const replaced = (
  state: ThresholdState,
  one: string | null,
  fresh: ThresholdState['fresh'],
  calibrationOf: (key: string) => Calibration,
): ThresholdState => {
  const change = (key: string): KeyState => ({ key, alarm: NO_ALARM, calibration: calibrationOf(key) })
  return one === null
    ? { ...state, keys: state.keys.map(({ key }) => change(key)), fresh }
    : withKey(state, change(one))
}

const restarted = (state: ThresholdState, key: string): ThresholdState =>
  withKey(state, { key, alarm: NO_ALARM, calibration: null })

const finish = (settings: ThresholdSettings, state: ThresholdState, one: string | null): Obeyed => {
  const notices: Notice[] = []
  let most = 0
  const keys = state.keys.map((before): KeyState => {
    const collecting = one === null || before.key === one ? calibrationInForce(settings, before) : null
    if (collecting?.state !== 'collecting') return before
    const collected = collecting.parts.scores.length
    most = Math.max(most, collected)
    if (collected < MIN_GOOD_PARTS || collecting.model === null) return before
    const calibration = calibrated(collecting, collecting.model, ruleOf(settings, before.key))
    notices.push(calibratedNotice(before.key, calibration))
    return { key: before.key, alarm: NO_ALARM, calibration }
  })
  if (notices.length > 0) return { state: { ...state, keys }, notices }
  throw codedError(
    'THRESHOLD_CONTROL',
    `finish found ${most} collected good parts${one === null ? '' : ` of key "${one}"`}, expected at least ${MIN_GOOD_PARTS} ` +
      'in a collection that is under way. Send good parts first.',
  )
}
