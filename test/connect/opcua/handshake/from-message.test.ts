import assert from 'node:assert/strict'
import {
  type FlowMessage,
  finishedOf,
  LEVELS,
  PLC_ERRORS,
  UNASKED,
} from '../../../../connect/opcua/handshake/index.ts'
import { codedError, isCodedError } from '../../../../errors/index.ts'

const anomaly = (verdict: object): object => ({
  id: 'inspection-1',
  score: 0.5,
  capturedAt: '2026-11-24T02:17:32.280Z',
  source: 'camera/1',
  verdict: { score: 0.25, threshold: 0.5, reason: 'score 0.25 is below 0.5', ...verdict },
})
const GOOD = anomaly({ level: 'ok', isAnomalous: false })

const refused = (msg: FlowMessage): void =>
  assert.throws(
    () => finishedOf(msg),
    (error: unknown) => isCodedError(error, 'OPCUA_RESULT_INPUT'),
  )

describe('a message of the flow as the end of an inspection', () => {
  for (const [level, isAnomalous, pass] of [
    ['ok', false, true],
    ['warning', false, true],
    ['alarm', true, false],
    ['undecided', null, false],
  ] as const)
    it(`the level ${level} is ${pass ? 'a' : 'no'} pass`, () => {
      const { outcome } = finishedOf({ anomaly: anomaly({ level, isAnomalous }) })
      assert.deepEqual(outcome, { kind: 'verdict', pass, level: LEVELS[level], score: 0.25, threshold: 0.5 })
    })

  it('takes over what is known of the inspection', () => {
    assert.deepEqual(finishedOf({ anomaly: GOOD }).facts, {
      id: 'inspection-1',
      capturedAt: '2026-11-24T02:17:32.280Z',
      source: 'camera/1',
      reason: 'score 0.25 is below 0.5',
    })
  })

  it('a verdict that contradicts itself is refused, and never a pass', () => {
    refused({ anomaly: anomaly({ level: 'alarm', isAnomalous: false }) })
    refused({ anomaly: anomaly({ level: 'undecided', isAnomalous: false }) })
    refused({ anomaly: anomaly({ level: 'toString', isAnomalous: false }) })
  })

  it('a message with neither verdict nor error is refused', () => {
    refused({})
    refused({ anomaly: null })
    refused({ anomaly: { score: 0.5 } })
    refused({ anomaly: GOOD, acquisition: { id: 'seven' } })
    refused({ anomaly: GOOD, acquisition: { id: 0 } })
  })

  it('an error counts more than a verdict beside it', () => {
    const { outcome, facts } = finishedOf({ anomaly: GOOD, error: { message: 'no', code: 'ENGINE_TIMEOUT' } })
    assert.deepEqual(outcome, { kind: 'error', errorCode: PLC_ERRORS.timeout })
    assert.equal(facts.reason, 'no')
  })

  it('the code of an error becomes the number for the PLC', () => {
    for (const [error, errorCode] of [
      [codedError('IMAGE_DAMAGED', 'cut off'), PLC_ERRORS.image],
      [{ message: 'x', code: 'OPCUA_IMAGE_TOO_LARGE' }, PLC_ERRORS.imageTooLarge],
      [{ message: 'x', code: 'ENGINE_QUEUE_FULL' }, PLC_ERRORS.overload],
      [new Error('something'), PLC_ERRORS.flow],
      ['words', PLC_ERRORS.flow],
    ] as const)
      assert.deepEqual(finishedOf({ error }).outcome, { kind: 'error', errorCode })
    for (const error of [undefined, null, '', false]) refused({ error })
  })

  it('belongs to the acquisition that it carries, and to none of another node', () => {
    const acquisition = { id: 7, jobId: 'A', node: 'one' }
    assert.equal(finishedOf({ anomaly: GOOD }, 'one').acquisitionId, null)
    assert.equal(finishedOf({ anomaly: GOOD, acquisition }).acquisitionId, 7)
    assert.equal(finishedOf({ anomaly: GOOD, acquisition }, 'one').acquisitionId, 7)
    assert.equal(finishedOf({ anomaly: GOOD, acquisition }, 'two').acquisitionId, UNASKED)
  })

  it('has an overlay where mask-encode has made one', () => {
    const data = Buffer.from([1, 2, 3])
    assert.equal(finishedOf({ anomaly: GOOD, mask: { encoding: 'overlay', data } }).overlay, data)
    assert.equal(finishedOf({ anomaly: GOOD, mask: { encoding: 'png', data } }).overlay, null)
    assert.equal(finishedOf({ anomaly: GOOD, mask: { encoding: 'overlay', data: 'text' } }).overlay, null)
    assert.equal(finishedOf({ error: 'x', mask: { encoding: 'overlay', data } }).overlay, null)
  })

  it('a score that is missing or no number stays none', () => {
    for (const score of [undefined, Number.NaN, 'high']) {
      const { outcome } = finishedOf({
        anomaly: anomaly({ level: 'undecided', isAnomalous: null, score, threshold: null }),
      })
      assert.ok(outcome.kind === 'verdict' && Number.isNaN(outcome.score) && outcome.threshold === null)
    }
  })
})
