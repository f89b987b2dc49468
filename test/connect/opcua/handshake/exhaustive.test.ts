import assert from 'node:assert/strict'
import {
  type BoxSignals,
  LEVELS,
  type Outcome,
  PLC_ERRORS,
  type PlcSignals,
  QUIET_PLC,
} from '../../../../connect/opcua/handshake/index.ts'
import {
  type Handshake,
  type Input,
  type Rules,
  resume,
  signalsOf,
  step,
} from '../../../../connect/opcua/handshake/machine.ts'
import { FAULTS } from './faults.ts'
import { checkMoment } from './model.ts'
import { MACHINE, type Machine } from './world.ts'

const OUTCOMES: readonly Outcome[] = [
  { kind: 'verdict', pass: true, level: LEVELS.ok, score: 0.25, threshold: 0.5 },
  { kind: 'verdict', pass: true, level: LEVELS.undecided, score: Number.NaN, threshold: null },
  { kind: 'error', errorCode: PLC_ERRORS.timeout },
]
const MOST_UNASKED = 2

const ascending = (a: number, b: number): number => a - b

const start = (rules: Rules, plc: PlcSignals | null): Handshake =>
  resume(rules, { results: [], acquisitionId: 0, missed: 0, shown: null, plc })

/** Every single change that may come in this state, and every pair of changes of the PLC that are seen at once. */
const inputsOf = (state: Handshake): Input[] => {
  const toggles = (['triggerEnable', 'trigger', 'resultsAck', 'clearError'] as const).map((name) => ({
    [name]: !state.plc[name],
  }))
  const changes = toggles.flatMap((one, index) => [
    one,
    ...toggles.slice(index + 1).map((other) => ({ ...one, ...other })),
  ])
  // What no trigger asked for is shown in the order in which it began; test/connect/opcua/handshake/run.test.ts holds the runner to it.
  const ending = [...(state.acquiring ? [state.acquiring.acquisitionId] : []), ...state.unasked.slice(0, 1)]
  return [
    ...changes.map((change): Input => ({ type: 'plc', plc: { ...state.plc, ...change } })),
    { type: 'online', online: !state.online },
    ...(state.unasked.length < MOST_UNASKED ? [{ type: 'begun' } as const] : []),
    ...ending.flatMap((acquisitionId) =>
      OUTCOMES.map(
        (outcome): Input => ({
          type: 'result',
          result: { sequence: acquisitionId, acquisitionId, jobId: '', outcome },
        }),
      ),
    ),
  ]
}

/** Two states are one where they differ only in how far the counters have come: numbers are replaced by their ranks. */
const keyOf = ({ rules: _, missed: __, acquisitionId: ___, ...state }: Handshake): string => {
  const { acquiring, unasked, results } = state
  const numbers = [
    ...(acquiring ? [acquiring.acquisitionId] : []),
    ...unasked,
    ...results.map((result) => result.acquisitionId),
  ].toSorted(ascending)
  const rankOf = (number: number): number => numbers.indexOf(number)
  return JSON.stringify({
    ...state,
    acquiring: acquiring && rankOf(acquiring.acquisitionId),
    unasked: unasked.map(rankOf),
    results: results.map((result) => [rankOf(result.acquisitionId), result.outcome]),
  })
}

/** Every reachable state, each with a shortest way to it, until there is no new one. */
const explore = (first: Handshake, visit: (before: Handshake, input: Input) => Handshake): number => {
  const known = new Map<string, readonly Input[]>([[keyOf(first), []]])
  let front: readonly Handshake[] = [first]
  while (front.length > 0) {
    const next: Handshake[] = []
    for (const state of front)
      for (const input of inputsOf(state)) {
        const way = [...known.get(keyOf(state))!, input]
        try {
          const after = visit(state, input)
          if (known.has(keyOf(after))) continue
          known.set(keyOf(after), way)
          next.push(after)
        } catch (error) {
          if (error instanceof Error) error.message += ` after ${JSON.stringify(way)}`
          throw error
        }
      }
    front = next
  }
  return known.size
}

/** What the PLC's side holds after each single write from one picture to the next, both ends included. */
const momentsBetween = ({ stepsBetween }: Machine, before: BoxSignals, after: BoxSignals): BoxSignals[] => {
  const moments = [before]
  for (const writes of stepsBetween(before, after))
    for (const [name, value] of Object.entries(writes)) moments.push({ ...moments.at(-1)!, [name]: value })
  return moments
}

const rises = (before: Handshake, input: Input, name: 'trigger' | 'resultsAck' | 'clearError'): boolean =>
  input.type === 'plc' && input.plc[name] && !before.plc[name]

const checkStep = (machine: Machine, before: Handshake, input: Input): Handshake => {
  const { signalsOf } = machine
  const [after, effects] = machine.step(before, input)
  const { acknowledged, maxWaiting } = before.rules
  const [was, is] = [signalsOf(before), signalsOf(after)]
  const moments = momentsBetween(machine, was, is)
  assert.deepEqual(moments.at(-1), is, 'the writes do not lead to the picture')

  for (const moment of moments) {
    checkMoment(moment, acknowledged)
    for (const claim of ['resultsValid', 'error'] as const) {
      if (!moment[claim]) continue
      // A claim stands over the data of the picture before or of the one after, never over a mixture.
      const whole = [was, is].some((picture) => picture[claim] && dataOf(picture) === dataOf(moment))
      assert.ok(whole, `${claim} stands over data that belong to nothing`)
    }
  }

  const count = (type: string): number => effects.filter((effect) => effect.type === type).length
  const edges = rises(before, input, 'trigger') ? 1 : 0
  assert.equal(count('acquire') + count('missed'), edges, 'a trigger is neither taken nor missed, or both')
  assert.equal(after.missed - before.missed, count('missed') + count('overflowed'), 'miscounted')
  if (count('acquire') > 0) assert.ok(was.online && before.acquiring === null, 'taken at a bad time')
  if (was.triggerReady && edges > 0 && input.type === 'plc' && input.plc.triggerEnable) {
    const disturbed = acknowledged && (input.plc.resultsAck || input.plc.clearError)
    if (!disturbed) assert.equal(count('acquire'), 1, 'TriggerReady stood, and the trigger is missed')
  }

  // Where results go: into the queue by their inspection's end, out of it by an answer, or for want of room.
  const idsOf = (state: Handshake): number[] => state.results.map(({ acquisitionId }) => acquisitionId)
  const left = effects.flatMap((effect) =>
    effect.type === 'acknowledged' || effect.type === 'overflowed' ? [effect.result.acquisitionId] : [],
  )
  const came = input.type === 'result' ? [input.result.acquisitionId] : []
  assert.deepEqual(
    [...idsOf(after), ...left].toSorted(ascending),
    [...idsOf(before), ...came].toSorted(ascending),
  )
  if (before.acquiring && !came.includes(before.acquiring.acquisitionId))
    assert.deepEqual(after.acquiring, before.acquiring, 'an acquisition ends without a result')
  if (acknowledged) {
    assert.ok(after.results.length <= maxWaiting + 1, 'more results wait than may')
    assert.deepEqual(idsOf(after), idsOf(after).toSorted(ascending), 'results are out of order')
    const answer = was.error ? 'clearError' : 'resultsAck'
    if (count('acknowledged') > 0)
      assert.ok(
        (was.resultsValid || was.error) && rises(before, input, answer),
        'a result leaves without an answer',
      )
  }
  return after
}

const dataOf = ({ jobPass, score, threshold, level, errorCode, acquisitionId }: BoxSignals): string =>
  JSON.stringify([jobPass, score, threshold, level, errorCode, acquisitionId])

/** Ends what is under way and answers what is shown, as any PLC would. @returns whether a trigger would then be taken */
const comesToRest = (state: Handshake): boolean => {
  let now = state
  const feed = (input: Input): void => {
    ;[now] = step(now, input)
  }
  const outcome = OUTCOMES[0]!
  const ending = [...(now.acquiring ? [now.acquiring.acquisitionId] : []), ...now.unasked]
  for (const acquisitionId of ending)
    feed({ type: 'result', result: { sequence: acquisitionId, acquisitionId, jobId: '', outcome } })
  feed({ type: 'online', online: true })
  const plc = { ...QUIET_PLC, triggerEnable: true }
  feed({ type: 'plc', plc })
  for (let turn = 0; turn < 10 && now.results.length > 0; turn++) {
    feed({
      type: 'plc',
      plc: { ...plc, resultsAck: signalsOf(now).resultsValid, clearError: signalsOf(now).error },
    })
    feed({ type: 'plc', plc })
  }
  return signalsOf(now).triggerReady
}

describe('every state that the handshake can come to', function () {
  this.timeout(120_000)

  for (const [name, acknowledged] of [
    ['acknowledges', true],
    ['acknowledges nothing', false],
  ] as const)
    it(`keeps every rule at every moment of every change and leads back to TriggerReady, with a PLC that ${name}`, () => {
      const states = explore(start({ acknowledged, maxWaiting: 2 }, null), (before, input) => {
        const after = checkStep(MACHINE, before, input)
        assert.ok(comesToRest(after), 'no trigger will ever be taken again')
        return after
      })
      assert.ok(states > 1000, `only ${states} states`)
    })

  for (const fault of [
    'claims that rise before their data',
    'a JobPass that believes an undecided verdict',
    'a ResultsAck that counts as long as it stands',
    'triggers that are taken while an inspection is under way',
    'missed triggers that nobody counts',
    'a result nobody asked for, shown to a PLC that waits for another',
  ])
    it(`would show ${fault}`, () => {
      const first = start({ acknowledged: true, maxWaiting: 2 }, QUIET_PLC)
      assert.throws(
        () => explore(first, (before, input) => checkStep(FAULTS[fault]!.machine, before, input)),
        assert.AssertionError,
      )
    })
})
