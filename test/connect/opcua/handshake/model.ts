import assert from 'node:assert/strict'
import {
  type BoxSignals,
  LEVELS,
  type Outcome,
  type PlcSignals,
  QUIET_PLC,
} from '../../../../connect/opcua/handshake/index.ts'

/** What is held against every moment of the signals, as anybody who looks at the PLC's side can see them. */
export interface Checker {
  /** The signals as they stand now: after every single write of either side. */
  saw(box: BoxSignals, plc: PlcSignals): void
  /** Either side started anew: what was shown last may be shown again. */
  restarted(): void
  /** The box's signals were lost where they are held. */
  lost(): void
}

export interface CheckerOptions {
  readonly acknowledged: boolean
  /** The PLC answers what it has not seen yet: its answers are only counted then. */
  readonly blind: boolean
  /** How the inspection of this number really ended; undefined = there was none. */
  readonly truthOf: (acquisitionId: number) => Outcome | undefined
}

interface Claim {
  readonly kind: 'resultsValid' | 'error'
  readonly data: string
  readonly acquisitionId: number
  /** The PLC's answer has risen since. */
  readonly answered: boolean
}

/** The protocol as its page tells it, written down without a look at the machine. */
export const createChecker = ({ acknowledged, blind, truthOf }: CheckerOptions): Checker => {
  let before: PlcSignals = QUIET_PLC
  let claim: Claim | null = null
  let last = 0
  let mayRepeat = false
  const answers = { resultsAck: 0, clearError: 0 }

  const begin = (box: BoxSignals, kind: Claim['kind']): Claim => {
    const { acquisitionId } = box
    checkTruth(box, truthOf(acquisitionId))
    if (acknowledged) {
      const repeated = mayRepeat && acquisitionId === last
      assert.ok(acquisitionId > last || repeated, `acquisition ${acquisitionId} is shown after ${last}`)
    }
    last = acquisitionId
    mayRepeat = false
    return { kind, data: dataOf(box), acquisitionId, answered: false }
  }

  const saw = (box: BoxSignals, plc: PlcSignals): void => {
    checkMoment(box, acknowledged)
    const rising = ANSWERS.filter((answer) => plc[answer] && !before[answer])
    for (const answer of rising) answers[answer]++
    if (claim !== null) {
      const answer = claim.kind === 'error' ? 'clearError' : 'resultsAck'
      if (rising.includes(answer)) claim = { ...claim, answered: true }
      if (box[claim.kind]) assert.equal(dataOf(box), claim.data, `data change while ${claim.kind} stands`)
      else {
        const answered = blind ? answers[answer]-- > 0 : claim.answered
        assert.ok(answered || !acknowledged, `${claim.kind} falls without an answer`)
        claim = null
      }
    }
    const kind = box.resultsValid ? 'resultsValid' : box.error ? 'error' : null
    if (claim === null && kind !== null) claim = begin(box, kind)
    before = plc
  }

  return {
    saw,
    restarted: () => {
      mayRepeat = true
    },
    lost: () => {
      claim = null
      mayRepeat = true
    },
  }
}

const ANSWERS = ['resultsAck', 'clearError'] as const

const dataOf = ({ jobPass, score, threshold, level, errorCode, acquisitionId }: BoxSignals): string =>
  JSON.stringify({ jobPass, score, threshold, level, errorCode, acquisitionId })

/** What must hold at any moment, whatever was before. */
export const checkMoment = (box: BoxSignals, acknowledged: boolean): void => {
  assert.ok(!(box.jobPass && box.error), 'JobPass stands beside Error')
  assert.ok(!(box.resultsValid && box.error), 'ResultsValid stands beside Error')
  assert.ok(!(box.triggerReady && box.busy), 'TriggerReady stands beside Busy')
  assert.ok(!(box.triggerReady && !box.online), 'TriggerReady stands without Online')
  if (acknowledged) {
    assert.ok(!(box.busy && (box.resultsValid || box.error)), 'a result stands beside Busy')
    assert.ok(!(box.triggerReady && (box.resultsValid || box.error)), 'TriggerReady stands beside a result')
  }
  if (box.resultsValid) {
    const passes = box.level === LEVELS.ok || box.level === LEVELS.warning
    assert.ok(!box.jobPass || passes, `level ${box.level} passes`)
    assert.ok(box.acquisitionId > 0, 'a result has no number')
    assert.equal(box.errorCode, 0, 'ErrorCode stands beside ResultsValid')
  }
  if (box.error) assert.notEqual(box.errorCode, 0, 'Error has no ErrorCode')
  for (const value of [box.score, box.threshold])
    assert.ok(value === -1 || (value >= 0 && value <= 1), `${value} is neither a share nor -1`)
}

const checkTruth = (box: BoxSignals, truth: Outcome | undefined): void => {
  assert.ok(truth, `a result is shown for acquisition ${box.acquisitionId}, which has none`)
  if (truth.kind === 'error') {
    assert.ok(box.error, `acquisition ${box.acquisitionId} ended with an error and is shown as a result`)
    assert.equal(box.errorCode, truth.errorCode, 'the error is another one')
    return
  }
  const { pass, level, score, threshold } = truth
  const passes = pass && (level === LEVELS.ok || level === LEVELS.warning)
  assert.deepEqual(
    { jobPass: box.jobPass, level: box.level, score: box.score, threshold: box.threshold },
    { jobPass: passes, level, score: Number.isNaN(score) ? -1 : score, threshold: threshold ?? -1 },
    `acquisition ${box.acquisitionId} ended otherwise`,
  )
}
