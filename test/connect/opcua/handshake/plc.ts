import type { BoxSignals, PlcSignals } from '../../../../connect/opcua/handshake/index.ts'

/** How a PLC's program touches the world: reads what stands there, writes its own signals one by one. */
export interface PlcSide {
  readonly box: () => BoxSignals
  readonly set: (changes: Partial<PlcSignals>) => void
  readonly random: () => number
  /** The number of a part that nobody has seen before. */
  readonly nextPart: () => string
  /** A result was read. @param part the one it was triggered for; null = nobody waited for it */
  readonly onRead: (acquisitionId: number, part: string | null) => void
}

/** One cycle of the PLC for each value that is taken. */
export type PlcProgram = Generator<void, never, void>

/** Cycles after which a PLC takes a trigger or a result for lost; far more than anything takes that is not. */
export const PATIENCE = 400

const isClaiming = ({ resultsValid, error }: BoxSignals): boolean => resultsValid || error

/** A program that keeps to the protocol, in its own time. */
export function* followingPlc(side: PlcSide): PlcProgram {
  const { box, set } = side
  set({ triggerEnable: true })
  for (;;) {
    yield
    if (isClaiming(box())) yield* readResult(side, null)
    else if (box().triggerReady) yield* inspectPart(side)
  }
}

function* inspectPart(side: PlcSide): Generator<void, void, void> {
  const { box, set } = side
  const part = side.nextPart()
  set({ jobId: part })
  yield* hesitate(side)
  const missed = box().missedAcquisitions
  set({ trigger: true })
  yield* until(
    () => box().triggerAck || isClaiming(box()) || box().missedAcquisitions !== missed || !box().online,
  )
  const taken = box().triggerAck
  yield* hesitate(side)
  set({ trigger: false })
  if (!taken) return yield* pause(PATIENCE)
  if (yield* until(() => isClaiming(box()))) yield* readResult(side, part)
}

/** Reads in one cycle or another while the result stands, answers, and lets go of the answer. */
function* readResult(side: PlcSide, part: string | null): Generator<void, void, void> {
  const { box, set } = side
  const answer = box().error ? 'clearError' : 'resultsAck'
  yield* hesitate(side)
  if (!isClaiming(box())) return
  side.onRead(box().acquisitionId, part)
  yield* hesitate(side)
  set({ [answer]: true })
  yield* until(() => !isClaiming(box()))
  yield* hesitate(side)
  set({ [answer]: false })
}

/** @returns whether it came true */
function* until(condition: () => boolean): Generator<void, boolean, void> {
  for (let cycle = 0; cycle < PATIENCE; cycle++) {
    yield
    if (condition()) return true
  }
  return false
}

function* pause(cycles: number): Generator<void, void, void> {
  for (let cycle = 0; cycle < cycles; cycle++) yield
}

/** Mostly quick, now and then late. */
function* hesitate({ random }: PlcSide): Generator<void, void, void> {
  yield* pause(Math.floor(random() < 0.1 ? random() * 40 : random() * 3))
}

/** A program that does anything at any time. */
export function* unrulyPlc({ set, random, nextPart }: PlcSide): PlcProgram {
  const names = ['triggerEnable', 'trigger', 'trigger', 'resultsAck', 'clearError'] as const
  for (;;) {
    yield
    const name = names[Math.floor(random() * names.length)]!
    // Mostly enabled and seldom held back by an answer that stands, or hardly any trigger would be taken.
    set({ [name]: random() < (name === 'triggerEnable' ? 0.9 : name === 'trigger' ? 0.5 : 0.3) })
    if (random() < 0.2) set({ jobId: nextPart() })
  }
}
