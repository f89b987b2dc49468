import { type CodedError, codedError, type ErrorCode, isCodedError, messageOf } from '../errors/index.ts'
import { backoff } from './backoff.ts'
import { describeEnd, type InferenceProcess, type ProcessEnd, type ProcessHandlers } from './child.ts'
import type { Clock } from './clock.ts'
import type { FromProcess, ToProcess } from './protocol.ts'
import type { EngineStatus } from './types.ts'
import { fromWire } from './wire-error.ts'

/** What the process says of one image. */
export type Answer = Extract<FromProcess, { type: 'result' | 'error' }>

/** What the process says once it serves. */
export type Ready = Extract<FromProcess, { type: 'ready' }>

/** What the process says of its start. */
export type Step = Extract<FromProcess, { type: 'step' }>

/** What the process says of batches that were too large. */
export type Smaller = Extract<FromProcess, { type: 'smaller' }>

export interface SupervisorOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly startTimeoutMs: number
  /** @throws a coded error when it is of no use to try again */
  launch(handlers: ProcessHandlers): InferenceProcess
  onStep(step: Step): void
  onReady(ready: Ready): void
  /** The process is sound, and the server it works with cannot be used for now; `onReady` follows when it can. */
  onAway(why: CodedError): void
  onAnswer(answer: Answer, payload: Uint8Array<ArrayBuffer>): void
  /** It works, and is not done yet. */
  onProgress(): void
  onSmaller(smaller: Smaller): void
  /** The device that it has served on cannot be used for now; it is tried until it can, and `onReady` follows. */
  onDeviceGone(why: CodedError): void
  /** The process is gone, and with it what it was working on; another is on its way. */
  onLost(why: CodedError): void
  /** No process could be brought to serve; none is tried again. */
  onFailed(why: CodedError): void
  /** State, process or last error has changed. */
  onChange(): void
}

export interface Supervisor {
  readonly state: EngineStatus['state']
  readonly pid: number | null
  /** Times a process was started in place of one that had ended. */
  readonly restarts: number
  readonly lastError: CodedError | null
  /** Called once. */
  start(): void
  send(message: ToProcess, ...payload: readonly Uint8Array[]): void
  /** Ends the process and takes `why` for the cause. */
  kill(why: CodedError): void
  /** Resolves when no process is left. */
  close(): Promise<void>
}

const FIRST_DELAY_MS = 250
const LONGEST_PAUSE_MS = 30_000
/** A process that served this long, or gave an answer, was sound: the next crash is a first one again. */
const SOUND_AFTER_MS = 60_000
/** Starts in a row that may fail for reasons that can pass, such as want of memory. */
const MAX_FAILED_STARTS = 5
/** Its driver is renewed, or its memory is full: it may be back at any time, and is waited for without end. */
const OF_THE_DEVICE: ReadonlySet<ErrorCode> = new Set(['ENGINE_DEVICE', 'ENGINE_SELF_TEST'])
/** A process in a native call cannot hear; within a second it is ended. */
const POLITE_MS = 1000
/** The operating system may hold on to a killed process (a stuck driver); closing does not wait for it any longer. */
const GIVE_UP_MS = 3000

/** Keeps one inference process alive: starts it, starts it again when it dies, gives up when it never gets to serve. */
export const supervise = (options: SupervisorOptions): Supervisor => {
  const { clock, random } = options
  const newDelays = () => backoff({ first: FIRST_DELAY_MS, cap: LONGEST_PAUSE_MS, random })

  let state: EngineStatus['state'] = 'starting'
  let child: InferenceProcess | null = null
  let delays = newDelays()
  let failedStarts = 0
  let restarts = 0
  let readySince: number | null = null
  let hasAnswered = false
  /** Some process has come as far as ready. */
  let hasServed = false
  /** Why the process is about to end, where it told us or where we end it. The first cause counts. */
  let cause: CodedError | null = null
  let lastError: CodedError | null = null
  let cancelTimer = () => {}
  let closed: Promise<void> | null = null
  let childGone = () => {}

  const change = (next: EngineStatus['state'], error: CodedError | null): void => {
    state = next
    lastError = error
    options.onChange()
  }

  const start = (): void => {
    readySince = null
    hasAnswered = false
    cause = null
    try {
      child = options.launch({ onMessage, onEnd })
    } catch (thrown) {
      fail(isCodedError(thrown) ? thrown : codedError('ENGINE_LOAD', messageOf(thrown), { cause: thrown }))
      return
    }
    cancelTimer = clock.after(options.startTimeoutMs, () =>
      kill(codedError('ENGINE_LOAD', `the model was not loaded within ${options.startTimeoutMs} ms`)),
    )
    options.onChange()
  }

  const onMessage = (message: FromProcess, payload: Uint8Array<ArrayBuffer>): void => {
    if (state === 'closed') return
    switch (message.type) {
      case 'step':
        options.onStep(message)
        options.onChange()
        break
      case 'ready':
        cancelTimer()
        readySince = clock.now()
        failedStarts = 0
        hasServed = true
        options.onReady(message)
        change('ready', null)
        break
      case 'away': {
        cancelTimer()
        readySince ??= clock.now()
        failedStarts = 0
        const why = fromWire(message.error)
        options.onAway(why)
        change('away', why)
        break
      }
      case 'unloadable':
        cause ??= fromWire(message.error)
        break
      case 'progress':
        options.onProgress()
        break
      case 'smaller':
        options.onSmaller(message)
        options.onChange()
        break
      default:
        hasAnswered = true
        options.onAnswer(message, payload)
    }
  }

  const onEnd = (end: ProcessEnd): void => {
    cancelTimer()
    child = null
    childGone()
    if (state === 'closed') return
    const why = cause ?? (readySince === null ? diedLoading(end) : died(end))
    const isDeviceGone = readySince === null && hasServed && OF_THE_DEVICE.has(why.code)
    if (readySince === null) failedStarts = isDeviceGone ? 0 : failedStarts + 1
    if (hasAnswered || (readySince !== null && clock.now() - readySince >= SOUND_AFTER_MS))
      delays = newDelays()
    if (readySince === null && !isDeviceGone && !mayPass(why)) {
      fail(why)
      return
    }
    change(isDeviceGone ? 'away' : hasServed ? 'restarting' : 'starting', why)
    options.onLost(why)
    if (isDeviceGone) options.onDeviceGone(why)
    cancelTimer = clock.after(delays.next().value, () => {
      restarts += 1
      start()
    })
  }

  /** A folder or a graph that is wrong stays wrong; starting again would only say the same. */
  const mayPass = ({ code }: CodedError): boolean =>
    code === 'ENGINE_LOAD' && failedStarts < MAX_FAILED_STARTS

  const fail = (why: CodedError): void => {
    change('failed', why)
    options.onFailed(why)
  }

  const kill = (why: CodedError): void => {
    cause ??= why
    child?.kill()
  }

  const endChild = async (): Promise<void> => {
    if (child === null) return
    const gone = Promise.withResolvers<void>()
    childGone = gone.resolve
    child.send({ type: 'close' })
    const cancelKill = clock.after(POLITE_MS, () => child?.kill())
    const cancelGiveUp = clock.after(GIVE_UP_MS, gone.resolve)
    await gone.promise
    cancelKill()
    cancelGiveUp()
  }

  return {
    get state() {
      return state
    },
    get pid() {
      return child?.pid ?? null
    },
    get restarts() {
      return restarts
    },
    get lastError() {
      return lastError
    },
    start,
    send: (message, ...payload) => child?.send(message, ...payload),
    kill,
    close: () => {
      if (closed === null) {
        cancelTimer()
        change('closed', lastError)
        closed = endChild()
      }
      return closed
    },
  }
}

const died = (end: ProcessEnd): CodedError =>
  codedError('ENGINE_CRASHED', `the inference process ${describeEnd(end)}`)

const diedLoading = (end: ProcessEnd): CodedError =>
  codedError('ENGINE_LOAD', `the inference process, still loading the model, ${describeEnd(end)}`)
