import { type BoxSignals, LEVELS, type PlcSignals, QUIET_PLC, type Result } from './signals.ts'

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
  /** On their way to the PLC, oldest first; all of them are in the log. */
  readonly results: readonly Result[]
  /** The first of the results is shown to the PLC. */
  readonly presenting: boolean
  /** Of the last inspection begun. */
  readonly acquisitionId: number
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
}

/** A handshake at the start of the process, with what earlier ones have left. */
export const resume = (rules: Rules, { results, acquisitionId, missed }: Resumed): Handshake => ({
  rules,
  plc: QUIET_PLC,
  online: false,
  triggerAck: false,
  acquiring: null,
  results,
  presenting: false,
  acquisitionId,
  missed,
})

/** One step; effects in the order in which they are due. */
export const step = (before: Handshake, input: Input): [after: Handshake, effects: readonly Effect[]] => {
  const [after, effects] = stepOnce(before, input)
  return [present(after), effects]
}

const stepOnce = (state: Handshake, input: Input): [Handshake, readonly Effect[]] => {
  switch (input.type) {
    case 'online':
      return [{ ...state, online: input.online }, []]
    case 'begun':
      return [{ ...state, acquisitionId: following(state.acquisitionId) }, []]
    case 'result':
      return onResult(state, input.result)
    case 'plc':
      return onPlc(state, input.plc)
  }
}

const onResult = (state: Handshake, result: Result): [Handshake, readonly Effect[]] => {
  const { results, presenting, rules } = state
  const acquiring = state.acquiring?.acquisitionId === result.acquisitionId ? null : state.acquiring
  if (!rules.acknowledged)
    return [
      { ...state, acquiring, results: [result], presenting: false },
      results.map((replaced) => ({ type: 'acknowledged', result: replaced })),
    ]
  const loser = presenting ? 1 : 0
  const overflowed = results.length >= rules.maxWaiting ? results[loser] : undefined
  if (overflowed === undefined) return [{ ...state, acquiring, results: [...results, result] }, []]
  return [
    {
      ...state,
      acquiring,
      results: [...results.toSpliced(loser, 1), result],
      missed: following(state.missed),
    },
    [{ type: 'overflowed', result: overflowed }],
  ]
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
    if (isFree({ ...state, plc: { ...plc, trigger: false } })) {
      const acquisition = { acquisitionId: following(state.acquisitionId), jobId: plc.jobId }
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
 * would look acknowledged already.
 */
const present = (state: Handshake): Handshake => {
  const first = state.results[0]
  if (state.presenting || first === undefined) return state
  if (!state.rules.acknowledged) return { ...state, presenting: true }
  const { resultsAck, clearError } = state.plc
  if (first.outcome.kind === 'error' ? clearError : resultsAck) return state
  return { ...state, presenting: true }
}

const isFree = ({ rules, online, plc, triggerAck, acquiring, results }: Handshake): boolean =>
  online &&
  plc.triggerEnable &&
  !plc.trigger &&
  !triggerAck &&
  acquiring === null &&
  (!rules.acknowledged || (results.length === 0 && !plc.resultsAck))

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
    jobPass: verdict?.pass === true,
    score: verdict && Number.isFinite(verdict.score) ? verdict.score : -1,
    threshold: verdict?.threshold ?? -1,
    level: verdict?.level ?? LEVELS.none,
    error: error !== null,
    errorCode: error?.errorCode ?? 0,
    acquisitionId: result?.acquisitionId ?? state.acquisitionId,
    missedAcquisitions: state.missed,
  }
}

/** UInt32 that never comes back to 0, which stands for "none yet". */
const following = (count: number): number => (count >= 0xffff_ffff ? 1 : count + 1)
