import assert from 'node:assert/strict'
import { decide } from '../../../inspection/threshold/decide.ts'
import { readState } from '../../../inspection/threshold/read-state.ts'
import { readSettings } from '../../../inspection/threshold/settings.ts'
import { EMPTY_STATE, type ThresholdState } from '../../../inspection/threshold/state.ts'
import { anomaly } from './anomalies.ts'

const settings = readSettings({ mode: 'calibrate', goodParts: 3, quantile: 1, debounceM: 3, debounceN: 1 })
const stateAfter = (...scores: number[]): ThresholdState =>
  scores.reduce((state, score) => decide(settings, state, 'cam', anomaly(score)).state, EMPTY_STATE)

/** The state as JSON with one place changed. */
const damaged = (state: ThresholdState, path: readonly (string | number)[], value: unknown): unknown => {
  const copy: unknown = JSON.parse(JSON.stringify(state))
  const parent = path.slice(0, -1).reduce<unknown>((at, step) => Reflect.get(Object(at), step), copy)
  Reflect.set(Object(parent), path.at(-1)!, value)
  return copy
}

describe('a kept state', () => {
  it('comes back as it was: empty, half-way through a collection, and calibrated', () => {
    for (const state of [EMPTY_STATE, stateAfter(0.5, 0.6), stateAfter(0.5, 0.6, 0.7, 0.9, 0.1)])
      assert.deepEqual(readState(JSON.parse(JSON.stringify(state))), state)
  })

  it('of a version that knew no classes goes on for the models that take none', () => {
    const kept: unknown = JSON.parse(JSON.stringify(stateAfter(0.5, 0.6, 0.7)))
    const calibration = Reflect.get(Object(kept), 'keys')[0].calibration
    assert.equal(calibration.model, 'nano@1')
    assert.equal(decide(settings, readState(kept), 'cam', anomaly(0.1)).verdict.level, 'ok')
  })

  it('that is not there is the empty state', () => {
    assert.deepEqual(readState(undefined), EMPTY_STATE)
    assert.deepEqual(readState(null), EMPTY_STATE)
  })

  it('that is damaged anywhere is refused rather than believed', () => {
    const key = ['keys', 0]
    const calibration = [...key, 'calibration']
    const places: [(string | number)[], unknown][] = [
      [['version'], 2],
      [['keys'], {}],
      [['forgotten'], 'many'],
      [['fresh'], { score: 0 }],
      [[...key, 'key'], 5],
      [[...key, 'alarm'], null],
      [[...key, 'alarm', 'alarming'], 'no'],
      [[...key, 'alarm', 'recent', 0], 3],
      [[...calibration, 'state'], 'finished'],
      [[...calibration, 'by'], 'nobody'],
      [calibration, { state: 'imported', by: 'control', recommendation: { score: 0 } }],
      [[...calibration, 'model'], null],
      [[...calibration, 'minArea'], null],
      [[...calibration, 'parts', 'scores', 0], null],
      [[...calibration, 'parts', 'scores'], [0.5]],
      [[...calibration, 'parts'], { scores: [], peaks: [] }],
      [[...calibration, 'rule', 'rule'], 'guess'],
      [[...calibration, 'rule', 'margin'], null],
      [[...calibration, 'rule', 'pixel'], 1],
      [[...calibration, 'rule', 'configuredPixel'], 'off'],
      [[...calibration, 'chosen', 'score'], '0.5'],
      [[...calibration, 'chosen', 'score'], 1.01],
      [[...calibration, 'chosen', 'pixel'], -1],
      [[...calibration, 'chosen', 'falseRejectBound'], null],
      [[...calibration, 'drift', 'window'], [null]],
      [[...calibration, 'drift', 'drifting'], null],
    ]
    const state = stateAfter(0.5, 0.6, 0.7, 0.9)
    for (const [path, value] of places)
      assert.throws(() => readState(damaged(state, path, value)), { code: 'THRESHOLD_STATE' }, path.join('.'))
    for (const kept of ['text', 5, []]) assert.throws(() => readState(kept), { code: 'THRESHOLD_STATE' })
  })
})
