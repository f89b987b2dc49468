import { messageOf } from '../../../errors/index.ts'
import type { ResultLog } from '../../store/types.ts'
import { bodyOf, type ResultBody, type ResultFacts, readBody, resultOf } from './body.ts'
import { PLC_ERRORS } from './error-codes.ts'
import {
  type Acquisition,
  type Effect,
  type Handshake,
  type Input,
  resume,
  signalsOf,
  step,
} from './machine.ts'
import type { BoxSignals, Outcome, PlcSignals, Result } from './signals.ts'

/** Whoever shows the box's signals to the PLC: as a client writing them, or as a server holding them. */
export interface HandshakeOptions {
  readonly log: ResultLog
  readonly acknowledged: boolean
  readonly maxWaiting: number
  /**
   * What stands in the PLC's signals at the start: QUIET_PLC where we hold them, null where they are the PLC's own and not read yet. Until
   * the first `plc()` nothing new is shown then, and nothing that stands there counts as an edge.
   */
  readonly standing: PlcSignals | null
  /** A result that takes longer becomes an error for the PLC. */
  readonly inspectionTimeoutMs: number
  /** After every step that changed something; with what is known of the result that the signals are of, if they are of one. */
  readonly show: (signals: BoxSignals, shown: ShownResult | null) => void
  /** A trigger was taken: an image is wanted. */
  readonly acquire: (acquisition: Acquisition) => void
  /** For the log of the flow. */
  readonly notice: (level: 'warn' | 'error', text: string) => void
  /** A result was stored; it is the first of the log's newest. */
  readonly onStored?: (stored: StoredResult) => void
}

export interface StoredResult extends ResultBody {
  readonly acquisitionId: number
}

export interface ShownResult extends StoredResult {
  /** JPEG. */
  readonly overlay: Uint8Array | null
}

export interface Finished {
  readonly outcome: Outcome
  /** The acquisition that asked for it; null = the one under way, or none; UNASKED = none, whatever is under way. */
  readonly acquisitionId: number | null
  readonly overlay: Uint8Array | null
  readonly facts: ResultFacts
}

/** In the place of an acquisition's number: no trigger of this handshake has asked for the result. */
export const UNASKED = 0

export type Fate = 'stored' | 'late'

export interface RunningHandshake {
  signals(): BoxSignals
  /** What the PLC has changed. */
  plc(changes: Partial<PlcSignals>): void
  setOnline(online: boolean): void
  /**
   * The end of an inspection, on the disk before the PLC sees it. `late`: its acquisition has been answered already, by
   * an error when it took too long, or by another result; this one is not kept.
   */
  finish(finished: Finished): Promise<Fate>
  /** Triggers are no longer taken; what is not acknowledged stays in the log. */
  close(): Promise<void>
}

/** Counters and what was under way, as they go on after a restart. */
interface SavedState {
  readonly acquisitionId: number
  readonly missed: number
  readonly acquiring: Acquisition | null
  /** Sequence of the result that the PLC is shown. */
  readonly shown: number | null
}

/** Runs one handshake over its log, until it is closed. */
export const runHandshake = async (options: HandshakeOptions): Promise<RunningHandshake> => {
  const { log, show, acquire, notice, inspectionTimeoutMs } = options
  const saved = readSaved(await log.readState())
  const waiting = await log.waiting()
  const newest = await log.newest()
  const logged = [...waiting, ...newest].map(({ acquisitionId }) => acquisitionId)
  let state = resume(options, {
    // By number: what no trigger asked for can have been stored before what one did.
    results: waiting.map(resultOf).toSorted((a, b) => a.acquisitionId - b.acquisitionId),
    acquisitionId: Math.max(saved.acquisitionId, ...logged),
    missed: saved.missed,
    shown: saved.shown,
    plc: options.standing,
  })
  let overdue: NodeJS.Timeout | null = null
  /** All that is known of the results on their way to the PLC, by acquisition. */
  const known = new Map<number, ShownResult>(
    waiting.map(({ acquisitionId, body, overlay }) => [
      acquisitionId,
      { ...readBody(body), acquisitionId, overlay },
    ]),
  )
  /** Acquisitions whose result is on its way to the disk. */
  const finishing = new Set<number>()
  /** Ends with the last result that is on its way to the disk. */
  let ended: Promise<unknown> = Promise.resolve()
  let saving: Promise<void> | null = null
  let isSaved = true

  const save = (): void => {
    isSaved = false
    saving ??= saveAll()
  }

  /** While the disk writes one state, triggers can change it a hundred times: only the newest follows. */
  const saveAll = async (): Promise<void> => {
    while (!isSaved) {
      isSaved = true
      try {
        await log.writeState(JSON.stringify(savedOf(state)))
      } catch (thrown) {
        notice('error', `counters were not kept: ${messageOf(thrown)}`)
      }
    }
    saving = null
  }

  const dispatch = (input: Input): void => {
    const [after, effects] = step(state, input)
    const before = state
    state = after
    const first = state.presenting ? state.results[0] : undefined
    show(signalsOf(state), (first && known.get(first.acquisitionId)) ?? null)
    for (const effect of effects) carryOut(effect)
    if (isToSave(before, after)) save()
  }

  const carryOut = (effect: Effect): void => {
    switch (effect.type) {
      case 'acquire': {
        const { acquisitionId } = effect.acquisition
        overdue = setTimeout(() => timeOut(acquisitionId), inspectionTimeoutMs)
        overdue.unref()
        acquire(effect.acquisition)
        break
      }
      case 'missed':
        notice('warn', `a trigger could not be taken: ${reasonFor(state)}`)
        break
      case 'overflowed':
        notice('warn', `result ${effect.result.acquisitionId} was never acknowledged and has lost its place`)
        forget(effect.result)
        break
      case 'acknowledged':
        forget(effect.result)
    }
  }

  const forget = ({ sequence, acquisitionId }: Result): void => {
    known.delete(acquisitionId)
    // A result that could not be stored has no place in the log.
    if (sequence === NOT_STORED) return
    log
      .acknowledge(sequence)
      .catch((thrown: unknown) => notice('error', `an acknowledgement was not kept: ${messageOf(thrown)}`))
  }

  const timeOut = (acquisitionId: number): void => {
    notice('warn', `acquisition ${acquisitionId} has no result after ${inspectionTimeoutMs} ms`)
    void finish(failure(acquisitionId, PLC_ERRORS.timeout, 'no result in time'))
  }

  const finish = async ({ outcome, acquisitionId, overlay, facts }: Finished): Promise<Fate> => {
    const acquiring = acquisitionId === UNASKED ? null : state.acquiring
    const answered = acquiring !== null && !finishing.has(acquiring.acquisitionId) ? acquiring : null
    if (acquisitionId !== null && acquisitionId !== UNASKED && acquisitionId !== answered?.acquisitionId)
      return 'late'
    if (answered === null) dispatch({ type: 'begun' })
    const id = answered?.acquisitionId ?? state.acquisitionId
    const jobId = answered?.jobId ?? state.plc.jobId ?? ''
    finishing.add(id)
    if (answered && overdue) clearTimeout(overdue)
    const adding = log
      .add({ acquisitionId: id, body: bodyOf({ ...facts, jobId, outcome }), overlay })
      .catch((thrown: unknown) => {
        // The PLC waits: it gets the result all the same, and the box's operator is told that a power cut would lose it.
        notice('error', `result ${id} is not on the disk: ${messageOf(thrown)}`)
        return NOT_STORED
      })
    // Shown in the order in which they ended, whichever is on the disk first.
    const showing = ended.then(async () => {
      const sequence = await adding
      finishing.delete(id)
      const stored = { ...facts, jobId, outcome, acquisitionId: id }
      known.set(id, { ...stored, overlay })
      dispatch({ type: 'result', result: { sequence, acquisitionId: id, jobId, outcome } })
      options.onStored?.(stored)
    })
    ended = showing.catch(() => undefined)
    await showing
    return 'stored'
  }

  // A result that was stored and not yet counted as the end of its acquisition is an answer too.
  if (saved.acquiring && !logged.includes(saved.acquiring.acquisitionId)) {
    // Busy stood when the process ended; the PLC must not wait for what will not come.
    state = { ...state, acquiring: saved.acquiring }
    await finish(failure(saved.acquiring.acquisitionId, PLC_ERRORS.interrupted, 'the box was restarted'))
  } else dispatch({ type: 'online', online: false })

  return {
    signals: () => signalsOf(state),
    plc: (changes) => dispatch({ type: 'plc', plc: { ...state.plc, ...changes } }),
    setOnline: (online) => dispatch({ type: 'online', online }),
    finish,
    close: async () => {
      if (overdue) clearTimeout(overdue)
      dispatch({ type: 'online', online: false })
      await ended
      save()
      await saving
    },
  }
}

/** Sequences of the log begin at 1. */
const NOT_STORED = 0

const failure = (acquisitionId: number, errorCode: number, reason: string): Finished => ({
  outcome: { kind: 'error', errorCode },
  acquisitionId,
  overlay: null,
  facts: { capturedAt: new Date().toISOString(), id: '', source: '', reason },
})

const savedOf = ({ acquisitionId, missed, acquiring, presenting, results }: Handshake): SavedState => ({
  acquisitionId,
  missed,
  acquiring,
  shown: presenting ? (results[0]?.sequence ?? null) : null,
})

/** That nothing is shown any more needs no writing: the log knows that it was acknowledged. */
const isToSave = (before: Handshake, after: Handshake): boolean =>
  before.acquisitionId !== after.acquisitionId ||
  before.missed !== after.missed ||
  before.acquiring !== after.acquiring ||
  (after.presenting && (!before.presenting || before.results[0] !== after.results[0]))

const NOTHING_SAVED: SavedState = { acquisitionId: 0, missed: 0, acquiring: null, shown: null }

const readSaved = (text: string | null): SavedState =>
  text === null ? NOTHING_SAVED : (JSON.parse(text) as SavedState)

const reasonFor = ({ online, plc, acquiring, unasked, results, triggerAck }: Handshake): string => {
  if (!online) return 'no flow stands behind the handshake'
  if (!plc.triggerEnable) return 'TriggerEnable is false'
  if (plc.jobId === null) return 'its JobId could not be read'
  if (acquiring) return `acquisition ${acquiring.acquisitionId} is under way`
  if (results[0]?.outcome.kind === 'error') return 'an error waits for ClearError'
  if (results.length > 0) return 'a result waits for ResultsAck'
  if (unasked.length > 0) return 'a result that no trigger asked for is on its way'
  if (triggerAck) return 'the trigger before it still stands'
  return plc.resultsAck ? 'ResultsAck still stands' : 'ClearError still stands'
}
