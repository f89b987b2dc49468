import assert from 'node:assert/strict'
import {
  type BoxSignals,
  LEVELS,
  type Outcome,
  PLC_ERRORS,
  type PlcSignals,
  QUIET_PLC,
  type Result,
  stepsBetween,
} from '../../../../connect/opcua/handshake/index.ts'
import {
  type Acquisition,
  type Effect,
  type Handshake,
  type Input,
  resume,
  signalsOf,
  step,
} from '../../../../connect/opcua/handshake/machine.ts'
import { seeded } from '../../../inspection/random.ts'
import { type Checker, createChecker } from './model.ts'
import { followingPlc, PATIENCE, type PlcProgram, type PlcSide, unrulyPlc } from './plc.ts'

/** What is tested; a fault replaces one of them. */
export interface Machine {
  readonly resume: typeof resume
  readonly step: typeof step
  readonly signalsOf: typeof signalsOf
  readonly stepsBetween: typeof stepsBetween
}

export const MACHINE: Machine = { resume, step, signalsOf, stepsBetween }

export interface WorldOptions {
  readonly seed: number
  readonly steps: number
  readonly machine?: Machine
  readonly plc: 'following' | 'unruly'
  /** Who holds the signals: they outlive the other one's restarts. */
  readonly server: 'plc' | 'box'
  readonly acknowledged: boolean
  /** Results that no trigger has asked for come in between. */
  readonly unasked: boolean
}

export interface Tally {
  readonly taken: number
  readonly missed: number
  readonly overflowed: number
  readonly read: number
  readonly restarts: number
  readonly outages: number
}

/** Box signals where nobody has written yet. */
const NOTHING_WRITTEN: BoxSignals = {
  online: false,
  triggerReady: false,
  triggerAck: false,
  busy: false,
  inspectionCompleted: false,
  resultsValid: false,
  jobPass: false,
  score: 0,
  threshold: 0,
  level: LEVELS.none,
  error: false,
  errorCode: 0,
  acquisitionId: 0,
  missedAcquisitions: 0,
}

const MAX_WAITING = 3

/** Steps between two tests of whether the line still runs. */
const STRETCH = 500

/**
 * A box, a PLC and what lies between them, driven step by step by seeded chance: single writes arrive late, the PLC is sampled
 * late, inspections take their time or too long, the network is cut, either side starts anew. Every single write is shown
 * to the checker. @throws AssertionError with the seed
 */
export const runWorld = (options: WorldOptions): Tally => {
  try {
    return live(options)
  } catch (error) {
    if (error instanceof Error)
      error.message = `${error.message} (${JSON.stringify({ ...options, machine: undefined })})`
    throw error
  }
}

const live = ({ seed, steps, machine = MACHINE, ...options }: WorldOptions): Tally => {
  const random = seeded(seed)
  const rules = { acknowledged: options.acknowledged, maxWaiting: MAX_WAITING }
  const boxServes = options.server === 'box'
  const follows = options.plc === 'following'
  const count = { taken: 0, missed: 0, overflowed: 0, read: 0, restarts: 0, outages: 0 }

  const truths = new Map<number, Outcome>()
  const acquisitions = new Map<number, Acquisition>()
  const read = new Set<number>()
  const lostPlace = new Set<number>()
  const checker: Checker = createChecker({ ...rules, blind: !follows, truthOf: (id) => truths.get(id) })

  // What stands on the side of whoever holds the signals, and single writes on their way there.
  let wire: BoxSignals = NOTHING_WRITTEN
  let plc: PlcSignals = QUIET_PLC
  let writes: [name: keyof BoxSignals, value: BoxSignals[keyof BoxSignals]][] = []
  let picture: BoxSignals | null = null
  let cutFor = 0

  // On the box's disk.
  let waiting: Result[] = []
  let sequence = 0

  let acquiring: Acquisition | null = null
  let unasked: number[] = []
  let triggerSeen: boolean | null = boxServes ? false : null
  let state: Handshake = machine.resume(rules, {
    results: [],
    acquisitionId: 0,
    missed: 0,
    shown: null,
    plc: boxServes ? QUIET_PLC : null,
  })

  const look = (): void => checker.saw(wire, plc)

  let parts = 0
  const side: PlcSide = {
    box: () => wire,
    set: (changes) => {
      plc = { ...plc, ...changes }
      look()
      if (boxServes) sample()
    },
    random,
    nextPart: () => `part ${++parts}`,
    onRead: (id, part) => {
      read.add(id)
      count.read++
      if (part !== null)
        assert.equal(acquisitions.get(id)?.jobId, part, `${part} gets the result of acquisition ${id}`)
    },
  }
  const startPlc = (): PlcProgram => (follows ? followingPlc(side) : unrulyPlc(side))
  let program = startPlc()

  const send = (): void => {
    if (cutFor > 0) return
    const after = machine.signalsOf(state)
    for (const writesOfStep of machine.stepsBetween(picture, after))
      for (const name of Object.keys(writesOfStep) as (keyof BoxSignals)[])
        writes.push([name, writesOfStep[name]!])
    picture = after
  }

  const feed = (input: Input): void => {
    const [after, effects] = machine.step(state, input)
    state = after
    for (const effect of effects) note(effect)
    assert.equal(state.missed, count.missed + count.overflowed, 'missed triggers are miscounted')
    send()
  }

  const note = (effect: Effect): void => {
    switch (effect.type) {
      case 'acquire': {
        const { acquisition } = effect
        assert.equal(acquiring, null, 'a second acquisition is begun')
        assert.ok(
          !acquisitions.has(acquisition.acquisitionId),
          `number ${acquisition.acquisitionId} is given twice`,
        )
        count.taken++
        acquiring = acquisition
        acquisitions.set(acquisition.acquisitionId, acquisition)
        break
      }
      case 'missed':
        count.missed++
        break
      case 'overflowed':
        count.overflowed++
        lostPlace.add(effect.result.acquisitionId)
        forget(effect.result)
        break
      case 'acknowledged':
        if (follows && rules.acknowledged)
          assert.ok(
            read.has(effect.result.acquisitionId),
            `result ${effect.result.acquisitionId} is lost unread`,
          )
        forget(effect.result)
    }
  }

  const forget = (result: Result): void => {
    const left = waiting.filter((one) => one.sequence !== result.sequence)
    assert.equal(left.length, waiting.length - 1, `result ${result.acquisitionId} leaves twice`)
    waiting = left
  }

  const end = (acquisitionId: number, outcome: Outcome, jobId = ''): void => {
    assert.ok(!truths.has(acquisitionId), `acquisition ${acquisitionId} ends twice`)
    truths.set(acquisitionId, outcome)
    const result = { sequence: ++sequence, acquisitionId, jobId, outcome }
    waiting.push(result)
    if (acquiring?.acquisitionId === acquisitionId) acquiring = null
    feed({ type: 'result', result })
  }

  const sample = (): void => {
    if (cutFor > 0) return
    const [takenBefore, missedBefore] = [count.taken, count.missed]
    const rises = plc.trigger && triggerSeen === false
    triggerSeen = plc.trigger
    feed({ type: 'plc', plc })
    const answers = count.taken - takenBefore + count.missed - missedBefore
    assert.equal(answers, rises ? 1 : 0, 'a trigger is neither taken nor counted as missed, or both')
  }

  /** A PLC that is a client does nothing without its connection. */
  const cycle = (): void => {
    if (!boxServes || cutFor === 0) program.next()
  }

  const deliver = (): void => {
    const write = cutFor > 0 ? undefined : writes.shift()
    if (write === undefined) return
    wire = { ...wire, [write[0]]: write[1] }
    look()
  }

  const inspect = (): void => {
    if (acquiring) end(acquiring.acquisitionId, anyOutcome(random), acquiring.jobId)
  }

  const anUnasked = (): void => {
    if (!options.unasked) return
    if (unasked.length > 0 && random() < 0.5) end(unasked.shift()!, anyOutcome(random))
    else {
      feed({ type: 'begun' })
      unasked.push(state.acquisitionId)
    }
  }

  /**
   * Everything that was on its way is lost. Where the PLC holds the signals, it is read first, and what stands there is where writing begins.
   * Where the box does, a PLC with a new session finds them as they are, and begins anew.
   */
  const reconnect = (): void => {
    cutFor = 0
    writes = []
    if (boxServes) restartPlc()
    picture = wire
    sample()
    send()
    if (boxServes) while (writes.length > 0) deliver()
  }

  const restartPlc = (): void => {
    plc = QUIET_PLC
    checker.restarted()
    if (!boxServes) {
      wire = NOTHING_WRITTEN
      checker.lost()
    }
    program = startPlc()
  }

  const cut = (): void => {
    count.outages++
    cutFor = 1 + Math.floor(random() * 100)
    writes = []
    if (!boxServes && random() < 0.3) restartPlc()
  }

  const restartBox = (): void => {
    count.restarts++
    const interrupted = acquiring
    const shown = state.presenting ? (state.results[0]?.sequence ?? null) : null
    checker.restarted()
    if (boxServes) {
      wire = NOTHING_WRITTEN
      plc = QUIET_PLC
      checker.lost()
    }
    state = machine.resume(rules, {
      results: waiting.toSorted((a, b) => a.acquisitionId - b.acquisitionId),
      acquisitionId: state.acquisitionId,
      missed: state.missed,
      shown,
      plc: boxServes ? QUIET_PLC : null,
    })
    triggerSeen = boxServes ? false : null
    unasked = []
    acquiring = interrupted
    cutFor = 1
    if (interrupted) {
      state = { ...state, acquiring: interrupted }
      end(interrupted.acquisitionId, { kind: 'error', errorCode: PLC_ERRORS.interrupted }, interrupted.jobId)
    }
    reconnect()
    feed({ type: 'online', online: true })
  }

  const turn = (): void => {
    if (cutFor > 0 && --cutFor === 0) reconnect()
    const chance = random()
    if (chance < 0.4) deliver()
    else if (chance < 0.65) sample()
    else if (chance < 0.9) cycle()
    else if (chance < 0.97) inspect()
    else if (chance < 0.975) anUnasked()
    else if (chance < 0.98) cut()
    else if (chance < 0.983) restartBox()
    else if (chance < 0.985) feed({ type: 'online', online: !state.online })
  }

  /** Nothing disturbs any more, and everybody gets a turn: parts must go through again. */
  const calm = (): void => {
    if (cutFor > 0) reconnect()
    feed({ type: 'online', online: true })
    const goal = count.read + 2
    for (let round = 0; count.read < goal; round++) {
      assert.ok(round < 20 * PATIENCE, 'the line stands still')
      while (writes.length > 0) deliver()
      sample()
      cycle()
      if (random() < 0.1) inspect()
      while (unasked.length > 0) end(unasked.shift()!, anyOutcome(random))
    }
  }

  feed({ type: 'online', online: true })
  for (let done = 1; done <= steps; done++) {
    turn()
    if (follows && done % STRETCH === 0) calm()
  }
  if (follows && rules.acknowledged)
    for (const id of acquisitions.keys())
      assert.ok(
        read.has(id) ||
          lostPlace.has(id) ||
          id === state.acquisitionId ||
          waiting.some((one) => one.acquisitionId === id),
        `acquisition ${id} was never answered`,
      )
  return count
}

const anyOutcome = (random: () => number): Outcome => {
  const kind = random()
  if (kind < 0.1) return { kind: 'error', errorCode: PLC_ERRORS.timeout }
  if (kind < 0.2) return { kind: 'error', errorCode: PLC_ERRORS.model }
  const level = Math.floor(1 + random() * 4) as 1 | 2 | 3 | 4
  return {
    kind: 'verdict',
    // Also where the level does not allow it: the machine must not believe it.
    pass: random() < 0.8,
    level,
    score: random() < 0.1 ? Number.NaN : random(),
    threshold: random() < 0.1 ? null : random(),
  }
}
