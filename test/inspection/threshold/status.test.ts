import assert from 'node:assert/strict'
import { dotOf } from '../../../inspection/threshold/status.ts'

const calibration = {
  state: 'done',
  collected: 50,
  wanted: 50,
  falseRejectBound: 0.06,
  drifting: false,
} as const

describe('the status of a threshold', () => {
  it('shows level and score', () => {
    assert.deepEqual(dotOf({ level: 'ok', score: 0.412, calibration: null }), {
      fill: 'green',
      shape: 'dot',
      text: 'ok 0.41',
    })
    assert.equal(dotOf({ level: 'warning', score: 0.48, calibration }).text, 'warning 0.48')
    assert.deepEqual(dotOf({ level: 'alarm', score: 0.97, calibration }), {
      fill: 'red',
      shape: 'dot',
      text: 'alarm 0.97',
    })
  })

  it('shows drift while the parts are ok, and an alarm before drift', () => {
    const drifting = { ...calibration, drifting: true }
    assert.equal(dotOf({ level: 'ok', score: 0.4, calibration: drifting }).text, 'drift 0.40')
    assert.equal(dotOf({ level: 'alarm', score: 0.9, calibration: drifting }).text, 'alarm 0.90')
  })

  it('counts good parts, in fewer than 20 characters however many are wanted', () => {
    const collecting = { ...calibration, state: 'collecting', collected: 12 } as const
    assert.equal(dotOf({ level: 'undecided', score: 0.4, calibration: collecting }).text, 'good parts 12/50')
    const many = { ...collecting, collected: 4999, wanted: 5000 }
    assert.equal(dotOf({ level: 'undecided', score: 0.4, calibration: many }).text, 'parts 4999/5000')
  })

  it('says undecided when neither score nor collection is there', () => {
    assert.equal(dotOf({ level: 'undecided', score: Number.NaN, calibration: null }).text, 'undecided')
    assert.equal(dotOf({ level: 'undecided', score: 0.3, calibration }).text, 'undecided')
  })
})
