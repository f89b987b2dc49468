import { backoff } from '../../backoff.ts'
import type { BoxSignals, SignalWrites } from '../handshake/index.ts'
import { stepsBetween } from '../handshake/index.ts'
import type { Variables } from './variables.ts'

type Signal = keyof BoxSignals

/** Without all of these a PLC could take a claim for what it is not. */
const VITAL: readonly Signal[] = [
  'resultsValid',
  'inspectionCompleted',
  'jobPass',
  'score',
  'threshold',
  'level',
  'error',
  'errorCode',
  'acquisitionId',
]
/** An error says no more than these. */
const VITAL_FOR_ERROR: readonly Signal[] = ['error', 'errorCode', 'acquisitionId']

const RETRY = { first: 100, cap: 5_000 }

/** Brings what stands in the PLC to what is to stand there, step by step in the order that the handshake needs. */
export interface Writer {
  want(signals: BoxSignals): void
  /** Claims stay down for as long as this is so. */
  hold(held: boolean): void
  /** A new session, in which nothing is known of what stands in the PLC. */
  begin(): void
  /** The session has ended. */
  pause(): void
  /** Whether the PLC may have seen the claim over the result of this number. */
  hasClaimed(acquisitionId: number): boolean
  /** An earlier process has shown it. */
  countAsClaimed(acquisitionId: number): void
  /** A signal without which no result can be shown is refused. */
  isBlocked(): boolean
  /** Resolves when there is nothing to write, or nothing can be written. */
  settled(): Promise<void>
  close(): void
}

export interface WriterOptions {
  readonly variables: Variables
  readonly onBlocked: (blocked: boolean) => void
  /** A request failed as a whole. */
  readonly onError: (error: unknown) => void
  readonly random?: () => number
}

export const startWriter = ({
  variables,
  onBlocked,
  onError,
  random = Math.random,
}: WriterOptions): Writer => {
  let wanted: BoxSignals | null = null
  let known: SignalWrites = {}
  let held = false
  let claimed: number | null = null
  /** Grows with every session: what an answer from an earlier one says no longer counts. */
  let session = 0
  let open = false
  let paused = true
  const refused = new Set<Signal>()
  /** Those of `refused` that are tried again now. */
  let retrying = false
  let waiting: NodeJS.Timeout | null = null
  let waits = backoff({ ...RETRY, random })
  let running: Promise<void> | null = null
  /** Something has changed since the last look. */
  let isNew = false
  let blocked = false

  const lacks = (signals: readonly Signal[]): boolean => signals.some((signal) => refused.has(signal))

  /** What may be shown of what is wanted. */
  const shown = (signals: BoxSignals): BoxSignals => {
    const hidden = held || lacks(VITAL)
    return {
      ...signals,
      resultsValid: signals.resultsValid && !hidden,
      inspectionCompleted: signals.inspectionCompleted && !hidden,
      error: signals.error && !held && !lacks(VITAL_FOR_ERROR),
    }
  }

  /** The next step alone: while it is written, what is wanted may change. */
  const nextStep = (target: BoxSignals): SignalWrites | undefined => {
    const standing = retrying ? known : { ...known, ...pick(target, refused) }
    return stepsBetween(standing, target)[0]
  }

  const settle = (step: SignalWrites, failures: ReadonlySet<string>): void => {
    const names = Object.keys(step) as Signal[]
    known = { ...known, ...pick(step, new Set(names.filter((name) => !failures.has(name)))) }
    for (const name of names)
      if (failures.has(name)) refused.add(name)
      else refused.delete(name)
    if (failures.size > 0) retryLater()
    else if (refused.size === 0) waits = backoff({ ...RETRY, random })
    if (blocked === lacks(VITAL)) return
    blocked = !blocked
    onBlocked(blocked)
  }

  const retryLater = (): void => {
    retrying = false
    waiting ??= setTimeout(() => {
      waiting = null
      retrying = true
      wake()
    }, waits.next().value)
    waiting.unref()
  }

  /** Whether there is more to do. */
  const writeNext = async (): Promise<boolean> => {
    if (!open || wanted === null) return false
    const target = shown(wanted)
    const step = nextStep(target)
    if (step === undefined) return false
    const values = pick(step, variables.mapped)
    if (Object.keys(values).length === 0) {
      settle(step, new Set())
      return true
    }
    const [asked, names] = [session, Object.keys(step)]
    // Until the answer is there, either may stand.
    known = pick(known, new Set(Object.keys(known).filter((name) => !names.includes(name))))
    if (step.resultsValid || step.error || step.inspectionCompleted) claimed = target.acquisitionId
    try {
      const failures = await variables.write(values)
      if (asked === session) settle(step, failures)
      return true
    } catch (thrown) {
      if (asked !== session || !open) return true
      onError(thrown)
      open = false
      const again = setTimeout(() => {
        if (asked !== session || paused) return
        open = true
        wake()
      }, waits.next().value)
      again.unref()
      return false
    }
  }

  const wake = (): void => {
    isNew = true
    running ??= writeAll()
  }

  const writeAll = async (): Promise<void> => {
    // What changes in one go is written in one go.
    await Promise.resolve()
    while (isNew) {
      isNew = false
      while (await writeNext());
    }
    running = null
  }

  return {
    want: (signals) => {
      wanted = signals
      wake()
    },
    hold: (hold) => {
      held = hold
      wake()
    },
    begin: () => {
      session++
      known = {}
      refused.clear()
      waits = backoff({ ...RETRY, random })
      open = true
      paused = false
      variables.forgetTypes()
      wake()
    },
    pause: () => {
      session++
      open = false
      paused = true
    },
    hasClaimed: (acquisitionId) => claimed === acquisitionId,
    countAsClaimed: (acquisitionId) => {
      claimed = acquisitionId
    },
    isBlocked: () => blocked,
    settled: async () => {
      while (running) await running
    },
    close: () => {
      session++
      open = false
      paused = true
      if (waiting) clearTimeout(waiting)
    },
  }
}

const pick = <T extends SignalWrites>(from: T, names: ReadonlySet<string>): SignalWrites =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.has(name)))
