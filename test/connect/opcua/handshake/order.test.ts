import assert from 'node:assert/strict'
import { type BoxSignals, LEVELS, stepsBetween } from '../../../../connect/opcua/handshake/index.ts'
import { QUIET_BOX, PASSED_BOX as VALID } from '../../../support/box-signals.ts'

const IDLE: BoxSignals = { ...QUIET_BOX, acquisitionId: 1 }
const BUSY: BoxSignals = { ...IDLE, triggerReady: false, triggerAck: true, busy: true }
const FAILED: BoxSignals = {
  ...IDLE,
  triggerReady: false,
  inspectionCompleted: true,
  error: true,
  errorCode: 202,
}
const namesOf = (steps: readonly object[]): string[][] => steps.map((step) => Object.keys(step))

describe('the writes from one picture to the next', () => {
  it('put the data first and ResultsValid last', () =>
    assert.deepEqual(stepsBetween(BUSY, VALID), [
      { triggerAck: false, busy: false, jobPass: true, score: 0.25, threshold: 0.5, level: LEVELS.ok },
      { resultsValid: true, inspectionCompleted: true },
    ]))

  it('take ResultsValid away before the data', () =>
    assert.deepEqual(namesOf(stepsBetween(VALID, IDLE)), [
      ['resultsValid', 'inspectionCompleted'],
      ['level', 'threshold', 'score', 'jobPass', 'triggerReady'],
    ]))

  it('let ResultsValid fall and rise between two results', () => {
    const next = { ...VALID, acquisitionId: 2, jobPass: false, level: LEVELS.alarm }
    assert.deepEqual(stepsBetween(VALID, next), [
      { resultsValid: false, inspectionCompleted: false },
      { acquisitionId: 2, level: LEVELS.alarm, jobPass: false },
      { resultsValid: true, inspectionCompleted: true },
    ])
  })

  it('do not let a pass stand beside an error', () =>
    assert.deepEqual(namesOf(stepsBetween(VALID, FAILED)), [
      ['resultsValid', 'inspectionCompleted'],
      ['errorCode', 'level', 'threshold', 'score', 'jobPass'],
      ['inspectionCompleted', 'error'],
    ]))

  it('take TriggerReady away before Busy rises', () =>
    assert.deepEqual(namesOf(stepsBetween(IDLE, BUSY)), [['triggerReady', 'triggerAck', 'busy']]))

  it('leave a result alone when only a trigger was missed', () =>
    assert.deepEqual(stepsBetween(VALID, { ...VALID, missedAcquisitions: 1 }), [{ missedAcquisitions: 1 }]))

  it('are none where nothing has changed', () => assert.deepEqual(stepsBetween(VALID, { ...VALID }), []))

  it('are everything, with the claims first taken back, where nothing is known', () => {
    const [first, data, last] = stepsBetween(null, VALID)
    assert.deepEqual(first, { resultsValid: false, inspectionCompleted: false, error: false })
    assert.equal(Object.keys(data ?? {}).length, Object.keys(VALID).length - 3)
    assert.deepEqual(last, { resultsValid: true, inspectionCompleted: true })
  })
})
