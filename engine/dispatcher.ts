import { type CodedError, codedError } from '../errors/index.ts'
import type { Clock } from './clock.ts'
import type { Job } from './job.ts'
import type { Settings } from './options.ts'
import { paceKeeper } from './pace.ts'
import { headerOf, payloadOf, type ToProcess, viewHeaderOf } from './protocol.ts'
import { fairQueue } from './queue/index.ts'

export interface DispatcherOptions extends Pick<Settings, 'queue' | 'batch' | 'jobTimeoutMs'> {
  readonly clock: Clock
  send(message: ToProcess, ...payload: readonly Uint8Array[]): void
  /** Asks for the end of a process that has hung. */
  kill(why: CodedError): void
}

/** What a result says of itself: ms of its image's decoding, and of the inference of it and those that it was run with, `images` in all. */
export interface Times {
  readonly decodeMs: number
  readonly inferMs: number
  readonly images: number
}

/** Images that were handed over together. */
interface Batch {
  /** Those that are not answered yet. */
  readonly ids: Set<number>
  readonly images: number
  /** It was handed over while the process worked on another. */
  readonly isAhead: boolean
  /** When the process came to it. */
  startedAt: number
}

/** Decides which images the inference process gets, and when. It keeps every job until that is answered. */
export interface Dispatcher {
  /** Waiting jobs, and what they hold. */
  readonly queued: number
  readonly queuedBytes: number
  readonly running: number
  /** @throws ENGINE_QUEUE_FULL, ENGINE_TOO_LARGE; returns the jobs that lost their place */
  add(job: Job): readonly Job[]
  /** Takes a job back that still waits; the process goes on with one that is running. */
  cancel(job: Job): void
  /** The process can be given work. */
  resume(): void
  /** The process is gone: its jobs are tried once more, or reject with `why` if this was their second time. */
  lose(why: CodedError): void
  /** The process has answered this job. Times are those of an image that was inspected whole: one with a view is decoded when its turn comes, and takes what its tiles take. */
  answered(id: number, times?: Times): Job | undefined
  /** The process goes on with an image of many tiles: it has its time anew. */
  progressed(): void
  /** Rejects every job; the process gets no more until it can be given work again. */
  rejectAll(why: CodedError): void
}

/** A job's first crash may be another image's fault or nobody's; a second one, alone in its process, is its own. */
const MAX_CRASHES = 2

export const createDispatcher = (options: DispatcherOptions): Dispatcher => {
  const { clock, batch, jobTimeoutMs } = options
  const queue = fairQueue<Job>(options.queue)
  /** Jobs that a process died on. They have had their place, so the queue's bounds do not count them. */
  let retries: Job[] = []
  const running = new Map<number, Job>()
  /** With images that are not answered yet; the process works on the first. */
  let batches: Batch[] = []
  const pace = paceKeeper()
  let canWork = false
  let cancelTimeout = () => {}
  let cancelWait = () => {}

  const isRetrying = (): boolean => [...running.values()].some(({ crashes }) => crashes > 0)

  /** Gives the process batches while it has room for another and one is due. */
  const pump = (): void => {
    cancelWait()
    while (canWork && !isRetrying()) {
      if (!hasRoom()) return
      if (retries.length > 0) {
        // Should the process die on it again, nobody else can be to blame.
        if (batches.length === 0) handOver([retries.shift()!])
        return
      }
      const since = queue.waitingSince
      if (since === undefined) return
      const waitMs = since + batch.maxWaitMs - clock.now()
      if (queue.size < batch.maxImages && waitMs > 0) {
        cancelWait = clock.after(waitMs, pump)
        return
      }
      handOver(queue.take(batch.maxImages))
    }
  }

  /** Whether the process may be given another batch; otherwise asks again when it may, where that is a matter of time. */
  const hasRoom = (): boolean => {
    const [current] = batches
    if (current === undefined) return true
    if (batch.ahead !== 'in-time') return batches.length <= batch.ahead
    const waiting = Math.min(queue.size, batch.maxImages)
    if (batches.length > 1 || waiting === 0) return false
    const headStart = pace.headStart({ images: current.images, isDecoded: current.isAhead }, waiting)
    if (headStart === null) return false
    const waitMs = current.startedAt + headStart - clock.now()
    if (waitMs > 0) cancelWait = clock.after(waitMs, pump)
    return waitMs <= 0
  }

  const handOver = (jobs: readonly Job[]): void => {
    const now = clock.now()
    const ids = new Set(jobs.map(({ id }) => id))
    batches.push({ ids, images: jobs.length, isAhead: batches.length > 0, startedAt: now })
    if (batches.length === 1) watch()
    jobs.forEach((job, index) => {
      job.handedOverAt = now
      running.set(job.id, job)
      const more = index < jobs.length - 1
      const { id, image, source, className, view } = job
      const viewHeader = view === null ? null : viewHeaderOf(view)
      options.send(
        { type: 'infer', id, image: headerOf(image), source, className, view: viewHeader, more },
        ...payloadOf(image, view),
      )
    })
  }

  /** Gives the process its time for the batch that it works on from now. */
  const watch = (): void => {
    cancelTimeout = clock.after(jobTimeoutMs, () => {
      // A late answer must not bring another job to a process that is being ended.
      canWork = false
      options.kill(
        codedError('ENGINE_TIMEOUT', `the inference process gave no answer within ${jobTimeoutMs} ms`),
      )
    })
  }

  const forget = (): void => {
    running.clear()
    batches = []
  }

  return {
    get queued() {
      return queue.size + retries.length
    },
    get queuedBytes() {
      return retries.reduce((sum, { bytes }) => sum + bytes, queue.bytes)
    },
    get running() {
      return running.size
    },
    add: (job) => {
      const losers = queue.add(job)
      pump()
      return losers
    },
    cancel: (job) => {
      queue.remove(job)
      retries = retries.filter((other) => other !== job)
    },
    resume: () => {
      canWork = true
      pump()
    },
    lose: (why) => {
      canWork = false
      cancelTimeout()
      for (const job of running.values()) job.crashes += 1
      const open = [...running.values()].filter(({ isSettled }) => !isSettled)
      forget()
      for (const job of open)
        if (job.crashes < MAX_CRASHES) retries.push(job)
        else job.reject(why)
    },
    answered: (id, times) => {
      const job = running.get(id)
      running.delete(id)
      const isKnown = batches.some(({ ids }) => ids.delete(id))
      if (times && isKnown) pace.note(times)
      if (batches[0]?.ids.size === 0) {
        batches = batches.filter(({ ids }) => ids.size > 0)
        cancelTimeout()
        const [next] = batches
        if (next) {
          next.startedAt = clock.now()
          watch()
        }
        pump()
      }
      return job
    },
    progressed: () => {
      if (!canWork || batches.length === 0) return
      cancelTimeout()
      watch()
    },
    rejectAll: (why) => {
      canWork = false
      cancelTimeout()
      cancelWait()
      const jobs = [...running.values(), ...retries, ...queue.take(queue.size)]
      retries = []
      forget()
      for (const job of jobs) job.reject(why)
    },
  }
}
