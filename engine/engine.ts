import { type CodedError, codedError, type ErrorCode, messageOf } from '../errors/index.ts'
import { candidates } from './candidates.ts'
import { type Launch, launchProcess } from './child.ts'
import { type Clock, systemClock } from './clock.ts'
import { createDispatcher } from './dispatcher.ts'
import { createJob, type Job } from './job.ts'
import { lossesBySource } from './losses.ts'
import { statusNotifier } from './notifier.ts'
import { checkSettings, withDefaults } from './options.ts'
import { rateMeter } from './rate.ts'
import { type Answer, supervise } from './supervisor.ts'
import type {
  Engine,
  EngineOptions,
  EngineStatus,
  Inference,
  LoadReport,
  LoadStep,
  ModelFacts,
} from './types.ts'
import { fromWire } from './wire-error.ts'

/** What an engine needs of the world around it; tests bring their own. */
export interface EngineHost {
  readonly clock: Clock
  /** 0..1 */
  readonly random: () => number
  readonly launch: Launch
}

const thisHost: EngineHost = { clock: systemClock, random: Math.random, launch: launchProcess }

/** Share of a batch's time after which a server is waited for no more: the process would be ended, and with it all that is under way. */
const BEFORE_TIMEOUT = 0.9

/**
 * Starts a model on a device in a process of its own. Returns at once and never throws: images may be sent from the
 * first moment, and wait until the model is loaded. A model, device or option that is of no use puts the engine into
 * the final state `failed`; `ready` and every job then reject with the coded error that says why (MODEL_…, ENGINE_…).
 * A failed engine holds no process; mend the cause, close it and start a new one.
 */
export const startEngine = (options: EngineOptions, host: Partial<EngineHost> = {}): Engine => {
  const { clock, random, launch } = { ...thisHost, ...host }
  const settings = withDefaults(options)
  const { model: folder, threads, limits, queue, batch } = settings
  const ready = Promise.withResolvers<ModelFacts>()
  ready.promise.catch(() => {})
  const rate = rateMeter(clock.now)
  const losses = lossesBySource()
  const counts = { done: 0, failed: 0, dropped: 0, cancelled: 0 }
  let model: ModelFacts | null = null
  let device: string | null = null
  let step: LoadStep | null = null
  let loaded: LoadReport | null = null
  let smaller: EngineStatus['smaller'] = null
  const devices = candidates([settings.device, ...settings.fallback])
  let nextId = 1

  const supervisor = supervise({
    clock,
    random,
    startTimeoutMs: settings.startTimeoutMs,
    launch: (handlers) => {
      checkSettings(settings)
      const [device, ...fallback] = devices.left
      const server = settings.server && {
        ...settings.server,
        // `in-time` hands over one batch while another is worked on.
        parallel: (batch.ahead === 'in-time' ? 1 : batch.ahead) + 1,
        batchTimeoutMs: settings.jobTimeoutMs * BEFORE_TIMEOUT,
      }
      const [maxImageBytes, maxBatch] = [queue.maxBytes, batch.maxImages]
      return launch(
        { model: folder, device, fallback, server, threads, limits, maxImageBytes, maxBatch },
        handlers,
      )
    },
    onStep: (told) => {
      step = told.step
      devices.trying(told.device)
    },
    onReady: (told) => {
      model = told.model
      device = told.device
      step = null
      loaded = { ...told.loaded, passedOver: devices.passedOver(told.loaded.passedOver) }
      devices.trying(null)
      ready.resolve(told.model)
      dispatcher.resume()
    },
    onAnswer: (answer, payload) => {
      const isWhole = answer.type === 'result' && answer.view === undefined
      const job = dispatcher.answered(answer.id, isWhole ? answer : undefined)
      if (answer.type === 'error') job?.reject(fromWire(answer.error))
      else job?.resolve(inferenceOf(job, answer, payload))
    },
    onAway: (why) => {
      step = null
      ready.reject(why)
      // Its answer to every image is the same error, until the server is back.
      dispatcher.resume()
    },
    onDeviceGone: (why) => dispatcher.rejectAll(why),
    onProgress: () => dispatcher.progressed(),
    onSmaller: ({ images, error }) => {
      smaller = { images, reason: messageOf(fromWire(error)) }
    },
    onLost: (why) => {
      step = null
      smaller = null
      devices.lost(why)
      dispatcher.lose(why)
    },
    onFailed: (why) => {
      step = null
      end(why)
    },
    onChange: () => notifier.touch(),
  })

  const dispatcher = createDispatcher({ ...settings, clock, send: supervisor.send, kill: supervisor.kill })

  /** Takes no more jobs and rejects those there are. */
  const end = (why: CodedError): void => {
    ready.reject(why)
    dispatcher.rejectAll(why)
  }

  const inferenceOf = (
    job: Job,
    { score, map, image, className, view, decodeMs, inferMs }: Extract<Answer, { type: 'result' }>,
    payload: Uint8Array<ArrayBuffer>,
  ): Inference => ({
    score: score ?? Number.NaN,
    map: { ...map, data: new Float32Array(payload.buffer, payload.byteOffset, payload.byteLength / 4) },
    image,
    className,
    ...(view === undefined ? {} : { view }),
    timing: {
      queuedMs: job.handedOverAt - job.acceptedAt,
      decodeMs,
      inferMs,
      totalMs: clock.now() - job.acceptedAt,
    },
    device: device!,
    model: model!,
  })

  const settled = (job: Job, error: CodedError | null): void => {
    if (error?.code === 'ENGINE_CANCELLED') dispatcher.cancel(job)
    const counter = counterOf(error)
    if (counter) counts[counter] += 1
    if (counter === 'done') rate.count()
    if (counter === 'dropped') losses.count(job.source)
    notifier.touch()
  }

  const refusal = (): CodedError | null => {
    if (supervisor.state === 'closed') return closedError()
    const isOfNoUse = supervisor.state === 'failed' || supervisor.state === 'away'
    return isOfNoUse ? supervisor.lastError : null
  }

  const enqueue = (job: Job): void => {
    try {
      for (const loser of dispatcher.add(job)) loser.reject(dropped(queue.policy))
      notifier.touch()
    } catch (thrown) {
      job.reject(thrown as CodedError)
    }
  }

  const status = (): EngineStatus => ({
    state: supervisor.state,
    device: supervisor.state === 'ready' ? device : null,
    step,
    loaded: supervisor.state === 'ready' ? loaded : null,
    smaller,
    queued: dispatcher.queued,
    queuedBytes: dispatcher.queuedBytes,
    running: dispatcher.running,
    ...counts,
    droppedBySource: losses.read(),
    restarts: supervisor.restarts,
    rate: rate.perSecond(),
    pid: supervisor.pid,
    lastError: supervisor.lastError && messageOf(supervisor.lastError),
  })

  const notifier = statusNotifier(clock, status)
  supervisor.start()

  return {
    get model() {
      return model
    },
    ready: ready.promise,
    infer: async (request) => {
      const job = createJob(nextId++, request, clock.now(), settled)
      const refused = refusal()
      if (refused) job.reject(refused)
      if (!job.isSettled) enqueue(job)
      return job.result
    },
    status,
    onStatus: notifier.subscribe,
    close: () => {
      const closing = supervisor.close()
      end(closedError())
      return closing
    },
  }
}

const closedError = () => codedError('ENGINE_CLOSED', 'the engine was closed before this image was inspected')

const dropped = (policy: string) =>
  codedError(
    'ENGINE_DROPPED',
    `the queue's policy ${policy} gave this image up for another one: images come in faster than they are inspected`,
  )

/** Errors that are not the image's, the model's or the process's fault; a job that the close took is not counted. */
const COUNTED_AS: Partial<Record<ErrorCode, 'dropped' | 'cancelled' | null>> = {
  ENGINE_DROPPED: 'dropped',
  ENGINE_QUEUE_FULL: 'dropped',
  ENGINE_CANCELLED: 'cancelled',
  ENGINE_CLOSED: null,
}

const counterOf = (error: CodedError | null) => {
  if (error === null) return 'done'
  const counter = COUNTED_AS[error.code]
  return counter === undefined ? 'failed' : counter
}
