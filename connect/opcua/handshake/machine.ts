import { type BoxSignals, LEVELS, type Level, type PlcSignals, QUIET_PLC, type Result } from './signals.ts'

/**
 * The handshake between a PLC and the box, as a pure machine: whichever side is the OPC UA server, and whatever happens
 * to the connection, the same steps. docs/opcua-handshake.md draws it.
 *
 *     TriggerReady ──Trigger↑──▶ TriggerAck, Busy ──result──▶ ResultsValid ──ResultsAck↑──▶ … ResultsAck↓ ──▶ TriggerReady
 *                                                 └──error──▶ Error ────────ClearError↑──▶ … ClearError↓ ──▶ TriggerReady
 */
export interface Handshake {
  readonly rules: Rules
  /** As last seen. */
  readonly plc: PlcSignals
  readonly online: boolean
  readonly triggerAck: boolean
  /** The one inspection that a trigger has started. */
  readonly acquiring: Acquisition | null
  /** Numbers of results that no trigger asked for, on their way to the log. */
  readonly unasked: readonly number[]
  /** On their way to the PLC, oldest first; all of them are in the log. */
  readonly results: readonly Result[]
  /** The first of the results is shown to the PLC. */
  readonly presenting: boolean
  /** Of the last inspection begun. */
  readonly acquisitionId: number
  /** Triggers that were not taken, and results that lost their place. */
  readonly missed: number
}

export interface Rules {
  /**
   * False: nobody acknowledges. A result stays until the next one takes its place, and neither it nor an error holds up a trigger.
   */
  readonly acknowledged: boolean
  /** Results that may wait for the PLC; beyond, the oldest that is not shown loses its place. */
  readonly maxWaiting: number
}

export interface Acquisition {
  readonly acquisitionId: number
  readonly jobId: string
}

export type Input =
  | { readonly type: 'plc'; readonly plc: PlcSignals }
  | { readonly type: 'online'; readonly online: boolean }
  /** An inspection that no trigger asked for has begun: its result takes the next number. */
  | { readonly type: 'begun' }
  /** In the log already. Ends the acquisition of the same number. */
  | { readonly type: 'result'; readonly result: Result }

export type Effect =
  | { readonly type: 'acquire'; readonly acquisition: Acquisition }
  | { readonly type: 'missed' }
  /** Read by the PLC, or its place taken by the next one where nobody acknowledges. */
  | { readonly type: 'acknowledged'; readonly result: Result }
  /** Lost its place among those waiting; counted as missed. */
  | { readonly type: 'overflowed'; readonly result: Result }

export interface Resumed {
  readonly results: readonly Result[]
  readonly acquisitionId: number
  readonly missed: number
  /** Sequence of the result that the PLC was shown when the process ended; null = of none. */
  readonly shown: number | null
  /** What stands in the PLC's signals; null = not read yet. */
  readonly plc: PlcSignals | null
}

/**
 * A handshake at the start of the process, with what earlier ones have left. Of a PLC that was not read yet everything may have been standing
 * for long, so that nothing of it is an edge: a ResultsAck for the result before must not take away the next one unread. Only what
 * was shown already can have been acknowledged meanwhile.
 */
export const resume = (rules: Rules, { results, shown, plc, ...counts }: Resumed): Handshake => {
  const presenting = results[0] !== undefined && results[0].sequence === shown
  const unread = { ...QUIET_PLC, trigger: true, resultsAck: !presenting, clearError: !presenting }
  return {
    ...counts,
    rules,
    plc: plc ?? unread,
    online: false,
    triggerAck: false,
    acquiring: null,
    unasked: [],
    results,
    presenting,
  }
}

/** One step; effects in the order in which they are due. */
export const step = (before: Handshake, input: Input): [after: Handshake, effects: readonly Effect[]] => {
  const [after, effects] = stepOnce(before, input)
  return [present(after), effects]
}

const stepOnce = (state: Handshake, input: Input): [Handshake, readonly Effect[]] => {
  switch (input.type) {
    case 'online':
      return [{ ...state, online: input.online }, []]
    case 'begun': {
      const acquisitionId = following(state.acquisitionId)
      return [{ ...state, acquisitionId, unasked: [...state.unasked, acquisitionId] }, []]
    }
    case 'result':
      return onResult(state, input.result)
    case 'plc':
      return onPlc(state, input.plc)
  }
}

const onResult = (before: Handshake, result: Result): [Handshake, readonly Effect[]] => {
  const { results, presenting, rules } = before
  const acquiring = before.acquiring?.acquisitionId === result.acquisitionId ? null : before.acquiring
  const state = { ...before, unasked: before.unasked.filter((id) => id !== result.acquisitionId) }
  if (!rules.acknowledged)
    return [
      { ...state, acquiring, results: [result], presenting: false },
      results.map((replaced) => ({ type: 'acknowledged', result: replaced })),
    ]
  const loser = presenting ? 1 : 0
  const overflowed = results.length >= rules.maxWaiting ? results[loser] : undefined
  const kept = overflowed === undefined ? results : results.toSpliced(loser, 1)
  // The PLC waits for what it has asked for; what came in meanwhile is of later numbers and has been held back.
  const asked = before.acquiring !== acquiring
  const after = { ...state, acquiring, results: asked ? [result, ...kept] : [...kept, result] }
  return overflowed === undefined
    ? [after, []]
    : [{ ...after, missed: following(after.missed) }, [{ type: 'overflowed', result: overflowed }]]
}

const onPlc = (state: Handshake, plc: PlcSignals): [Handshake, readonly Effect[]] => {
  const rises = (signal: 'trigger' | 'resultsAck' | 'clearError'): boolean =>
    plc[signal] && !state.plc[signal]
  let after: Handshake = { ...state, plc }
  const effects: Effect[] = []

  const first = after.results[0]
  if (first && after.presenting && rises(first.outcome.kind === 'error' ? 'clearError' : 'resultsAck')) {
    after = { ...after, results: after.results.slice(1), presenting: false }
    effects.push({ type: 'acknowledged', result: first })
  }
  if (rises('trigger')) {
    // Whether it may be taken is judged by what stood before this step: what the PLC could have known.
    const { jobId } = plc
    // A trigger whose job is not known is not taken: its part would be judged as another.
    if (jobId !== null && isFree({ ...state, plc: { ...plc, trigger: false } })) {
      const acquisition = { acquisitionId: following(state.acquisitionId), jobId }
      after = {
        ...after,
        acquiring: acquisition,
        acquisitionId: acquisition.acquisitionId,
        triggerAck: true,
      }
      effects.push({ type: 'acquire', acquisition })
    } else {
      after = { ...after, missed: following(after.missed) }
      effects.push({ type: 'missed' })
    }
  }
  if (!plc.trigger) after = { ...after, triggerAck: false }
  return [after, effects]
}

/**
 * Shows the oldest result once the PLC has let go of the acknowledgement before: raised while ResultsAck still stands, ResultsValid
 * would look acknowledged already. Not while the PLC waits for another: it would take this one for its part's.
 */
const present = (state: Handshake): Handshake => {
  const first = state.results[0]
  if (state.presenting || first === undefined) return state
  if (!state.rules.acknowledged) return { ...state, presenting: true }
  if (state.acquiring !== null) return state
  const { resultsAck, clearError } = state.plc
  if (first.outcome.kind === 'error' ? clearError : resultsAck) return state
  return { ...state, presenting: true }
}

/**
 * Not while a result that no trigger asked for is on its way: coming after TriggerAck, it would be taken for the trigger's. Nor while an
 * acknowledgement stands, as it would hide the result.
 */
const isFree = (state: Handshake): boolean => {
  const { rules, online, plc, triggerAck, acquiring, unasked, results } = state
  return (
    online &&
    plc.triggerEnable &&
    !plc.trigger &&
    !triggerAck &&
    acquiring === null &&
    unasked.length === 0 &&
    (!rules.acknowledged || (results.length === 0 && !plc.resultsAck && !plc.clearError))
  )
}

/** What the PLC is to see in this state. Without a result there are no data: nobody can take the last part's for this one's. */
export const signalsOf = (state: Handshake): BoxSignals => {
  const result = state.presenting ? (state.results[0] ?? null) : null
  const verdict = result?.outcome.kind === 'verdict' ? result.outcome : null
  const error = result?.outcome.kind === 'error' ? result.outcome : null
  return {
    online: state.online,
    triggerReady: isFree(state),
    triggerAck: state.triggerAck,
    busy: state.acquiring !== null,
    inspectionCompleted: result !== null,
    resultsValid: verdict !== null,
    // Whatever the verdict calls itself: only these two levels let a part go on.
    jobPass: verdict?.pass === true && PASSING.has(verdict.level),
    score: finiteOr(-1, verdict?.score),
    threshold: finiteOr(-1, verdict?.threshold),
    level: verdict?.level ?? LEVELS.none,
    error: error !== null,
    errorCode: error?.errorCode ?? 0,
    acquisitionId: result?.acquisitionId ?? state.acquisitionId,
    missedAcquisitions: state.missed,
  }
}

const PASSING: ReadonlySet<Level> = new Set([LEVELS.ok, LEVELS.warning])

const finiteOr = (none: number, value: number | null | undefined): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : none

/** UInt32 that never comes back to 0, which stands for "none yet". */
const following = (count: number): number => (count >= 0xffff_ffff ? 1 : count + 1)
