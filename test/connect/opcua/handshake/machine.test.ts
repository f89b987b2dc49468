import assert from 'node:assert/strict'
import {
  type BoxSignals,
  LEVELS,
  type Outcome,
  PLC_ERRORS,
  type PlcSignals,
  QUIET_PLC,
  type Result,
} from '../../../../connect/opcua/handshake/index.ts'
import {
  type Effect,
  type Handshake,
  type Input,
  type Resumed,
  resume,
  signalsOf,
  step,
} from '../../../../connect/opcua/handshake/machine.ts'

const PASS: Outcome = { kind: 'verdict', pass: true, level: LEVELS.ok, score: 0.25, threshold: 0.5 }
const REJECT: Outcome = { kind: 'verdict', pass: false, level: LEVELS.alarm, score: 0.75, threshold: 0.5 }
const FAILURE: Outcome = { kind: 'error', errorCode: PLC_ERRORS.model }

interface Line {
  readonly state: () => Handshake
  readonly signals: () => BoxSignals
  readonly effects: () => readonly Effect['type'][]
  readonly plc: (changes: Partial<PlcSignals>) => Line
  readonly feed: (input: Input) => Line
  readonly ends: (outcome: Outcome, acquisitionId?: number) => Line
}

const FRESH: Resumed = { results: [], acquisitionId: 0, missed: 0, shown: null, plc: QUIET_PLC }

const line = (left: Partial<Resumed> = {}, rules = { acknowledged: true, maxWaiting: 3 }): Line => {
  let state = resume(rules, { ...FRESH, ...left })
  let effects: readonly Effect[] = []
  const self: Line = {
    state: () => state,
    signals: () => signalsOf(state),
    effects: () => effects.map(({ type }) => type),
    feed: (input) => {
      ;[state, effects] = step(state, input)
      return self
    },
    plc: (changes) => self.feed({ type: 'plc', plc: { ...state.plc, ...changes } }),
    ends: (outcome, acquisitionId = state.acquisitionId) =>
      self.feed({ type: 'result', result: result(acquisitionId, outcome) }),
  }
  return self
}

const result = (acquisitionId: number, outcome: Outcome): Result => ({
  sequence: acquisitionId,
  acquisitionId,
  jobId: '',
  outcome,
})

const ready = (...args: Parameters<typeof line>): Line =>
  line(...args)
    .feed({ type: 'online', online: true })
    .plc({ triggerEnable: true })

const triggered = (): Line => ready().plc({ trigger: true }).plc({ trigger: false })

const holds = (signals: BoxSignals, expected: Partial<BoxSignals>): void =>
  assert.deepEqual({ ...signals, ...expected }, signals)

describe('a trigger', () => {
  it('is taken where TriggerReady stands, and makes Busy and TriggerAck rise', () => {
    const taken = ready().plc({ trigger: true, jobId: 'door' })
    assert.deepEqual(taken.effects(), ['acquire'])
    assert.deepEqual(taken.state().acquiring, { acquisitionId: 1, jobId: 'door' })
    holds(taken.signals(), { triggerReady: false, triggerAck: true, busy: true, acquisitionId: 1 })
  })

  it('whose job could not be read is missed, and the next one is taken once it has fallen', () => {
    const missed = ready().plc({ trigger: true, jobId: null })
    holds(missed.signals(), { busy: false, triggerReady: false, missedAcquisitions: 1 })
    const fallen = missed.plc({ trigger: false })
    holds(fallen.signals(), { triggerReady: true })
    holds(fallen.plc({ trigger: true, jobId: 'door' }).signals(), { busy: true, missedAcquisitions: 1 })
  })

  it('keeps TriggerAck until it falls', () => {
    const taken = ready().plc({ trigger: true })
    assert.equal(taken.plc({ resultsAck: false }).signals().triggerAck, true)
    assert.equal(taken.plc({ trigger: false }).signals().triggerAck, false)
  })

  it('counts once however long it stands', () => {
    const held = ready().plc({ trigger: true }).plc({ jobId: 'other' }).ends(PASS)
    held.plc({ resultsAck: true }).plc({ resultsAck: false })
    assert.equal(held.signals().triggerReady, false)
    assert.equal(held.state().acquisitionId, 1)
  })

  for (const [when, at] of [
    ['no flow stands behind the box', () => ready().feed({ type: 'online', online: false })],
    ['TriggerEnable is false', () => ready().plc({ triggerEnable: false })],
    ['an inspection is under way', () => triggered()],
    ['a result waits for ResultsAck', () => triggered().ends(PASS)],
    ['an error waits for ClearError', () => triggered().ends(FAILURE)],
    ['ResultsAck still stands', () => triggered().ends(PASS).plc({ resultsAck: true })],
    ['ClearError still stands', () => triggered().ends(FAILURE).plc({ clearError: true })],
    ['a result that no trigger asked for is on its way', () => ready().feed({ type: 'begun' })],
  ] as const)
    it(`is counted as missed and starts nothing while ${when}`, () => {
      const busy = at()
      const { missedAcquisitions, triggerReady } = busy.signals()
      assert.equal(triggerReady, false)
      assert.deepEqual(busy.plc({ trigger: true }).effects(), ['missed'])
      assert.equal(busy.signals().missedAcquisitions, missedAcquisitions + 1)
      assert.equal(busy.signals().triggerAck, false)
    })

  it('that stands when the box starts over is no new one', () => {
    const restarted = ready({ plc: null }).plc({ trigger: true })
    assert.deepEqual(restarted.effects(), [])
    assert.equal(restarted.signals().missedAcquisitions, 0)
    assert.deepEqual(restarted.plc({ trigger: false, resultsAck: false, clearError: false }).effects(), [])
    assert.deepEqual(restarted.plc({ trigger: true }).effects(), ['acquire'])
  })
})

describe('a result', () => {
  it('stands with its data until ResultsAck rises', () => {
    const shown = triggered().ends(PASS)
    const data = { jobPass: true, score: 0.25, threshold: 0.5, level: LEVELS.ok, acquisitionId: 1 }
    holds(shown.signals(), { resultsValid: true, inspectionCompleted: true, busy: false, ...data })
    holds(shown.plc({ trigger: true }).plc({ trigger: false }).signals(), { resultsValid: true, ...data })
    assert.deepEqual(shown.plc({ resultsAck: true }).effects(), ['acknowledged'])
    holds(shown.signals(), { resultsValid: false, jobPass: false, score: -1, level: LEVELS.none })
  })

  it('is not answered by ClearError', () =>
    assert.equal(triggered().ends(PASS).plc({ clearError: true }).signals().resultsValid, true))

  it('waits while the ResultsAck for another still stands', () => {
    const two = ready().feed({ type: 'begun' }).ends(PASS, 1).feed({ type: 'begun' }).ends(REJECT, 2)
    holds(two.plc({ resultsAck: true }).signals(), { resultsValid: false })
    holds(two.plc({ resultsAck: false }).signals(), { resultsValid: true, acquisitionId: 2, jobPass: false })
  })

  it('loses its place to newer ones beyond the limit, but for the one that is shown', () => {
    const full = ready()
    for (let id = 1; id <= 4; id++) full.feed({ type: 'begun' }).ends(PASS, id)
    assert.deepEqual(full.effects(), ['overflowed'])
    assert.deepEqual(
      full.state().results.map(({ acquisitionId }) => acquisitionId),
      [1, 3, 4],
    )
    assert.equal(full.signals().missedAcquisitions, 1)
  })

  it('that no trigger asked for is not shown to a PLC that waits for another', () => {
    const waits = triggered().feed({ type: 'begun' }).ends(REJECT, 2)
    holds(waits.signals(), { busy: true, resultsValid: false })
    holds(waits.ends(PASS, 1).signals(), { resultsValid: true, acquisitionId: 1, jobPass: true })
  })

  it('is replaced by the next one where nobody acknowledges, and holds up no trigger', () => {
    const open = ready({}, { acknowledged: false, maxWaiting: 3 })
    open.plc({ trigger: true }).plc({ trigger: false }).ends(PASS)
    holds(open.signals(), { triggerReady: true, resultsValid: true, acquisitionId: 1 })
    open.plc({ trigger: true }).plc({ trigger: false }).ends(REJECT)
    assert.deepEqual(open.effects(), ['acknowledged'])
    holds(open.signals(), { resultsValid: true, acquisitionId: 2, jobPass: false })
  })

  for (const level of ['undecided', 'alarm', 'none'] as const)
    it(`of level ${level} never passes, even if it says so`, () =>
      assert.equal(
        triggered()
          .ends({ ...PASS, level: LEVELS[level] })
          .signals().jobPass,
        false,
      ))

  it('has −1 for a score or threshold that is not there', () =>
    holds(
      triggered()
        .ends({ ...PASS, score: Number.NaN, threshold: null })
        .signals(),
      {
        score: -1,
        threshold: -1,
      },
    ))
})

describe('an error', () => {
  it('stands without a verdict until ClearError rises', () => {
    const failed = triggered().ends(FAILURE)
    holds(failed.signals(), { error: true, errorCode: 202, inspectionCompleted: true, acquisitionId: 1 })
    holds(failed.signals(), { resultsValid: false, jobPass: false, score: -1 })
    holds(failed.plc({ resultsAck: true }).signals(), { error: true })
    holds(failed.plc({ clearError: true }).signals(), { error: false, errorCode: 0 })
  })

  it('does not come up while the ClearError for another stands', () => {
    const failed = triggered().plc({ clearError: true }).ends(FAILURE)
    assert.equal(failed.signals().error, false)
    assert.equal(failed.plc({ clearError: false }).signals().error, true)
  })
})

describe('after a restart', () => {
  const left = { results: [result(5, PASS)], acquisitionId: 5, missed: 2 }

  it('counters go on and what was not acknowledged is shown again', () => {
    const again = ready(left)
    holds(again.signals(), { resultsValid: true, acquisitionId: 5, missedAcquisitions: 2 })
    again.plc({ resultsAck: true }).plc({ resultsAck: false }).plc({ trigger: true })
    assert.equal(again.state().acquiring?.acquisitionId, 6)
  })

  it('a ResultsAck that stood for the result before does not take the next one away unread', () => {
    const again = line({ ...left, plc: null }).plc({ resultsAck: true, trigger: false, clearError: false })
    assert.deepEqual(again.effects(), [])
    assert.equal(again.signals().resultsValid, false)
    assert.equal(again.plc({ resultsAck: false }).signals().resultsValid, true)
  })

  it('a ResultsAck that was given meanwhile to what was shown counts', () =>
    assert.deepEqual(
      line({ ...left, shown: 5, plc: null })
        .plc({ resultsAck: true })
        .effects(),
      ['acknowledged'],
    ))

  it('numbers begin with 1 again after 4,294,967,295, as 0 says that there was none', () => {
    const last = ready({ acquisitionId: 0xffff_fffe }).plc({ trigger: true })
    assert.equal(last.signals().acquisitionId, 0xffff_ffff)
    last.plc({ trigger: false }).ends(PASS).plc({ resultsAck: true }).plc({ resultsAck: false })
    assert.equal(last.plc({ trigger: true }).signals().acquisitionId, 1)
  })
})
