import { type CodedError, codedError, isCodedError, messageOf } from '../../../errors/index.ts'
import { backoff } from '../../backoff.ts'
import type { Clock } from '../../clock.ts'
import type { Backend, Prediction } from '../types.ts'
import type { Answered, Client } from './client.ts'
import { isSlow } from './failure.ts'

export interface GuardOptions {
  /** As it is shown. */
  readonly device: string
  readonly client: Client
  /**
   * Runs the model's self-test on a backend.
   * @param together images of the batch that it tests after the image alone @throws ENGINE_SELF_TEST
   */
  readonly selfTest: (backend: Backend, together: () => number) => Promise<void>
  /** Images of a batch at most. */
  readonly maxBatch: number
  readonly clock: Clock
  readonly random: () => number
  /** Batches that may be under way at a time, each over a connection of its own. */
  readonly parallel: number
  /** All that is done for one batch ends within it. */
  readonly batchTimeoutMs: number
}

export interface Guard {
  /** As RemoteBackend has it. */
  startBatch(): Backend['run']
  /** Called with null when the server can be used and with the reason when it cannot, from the first time that either is known; called once. */
  watch(listener: (why: CodedError | null) => void): void
  close(): void
}

/** What has changed without a sign, such as a file that was put in place of another, is found out after this long. */
const TRUST_MS = 5 * 60_000
/** The self-test runs again before that, where no image has to wait for it. */
const AGEING_MS = 4 * 60_000
/** An idle line shall see within seconds that its server is away, and servers close connections that nobody uses after 5 s, many of them. */
const LOOK_MS = 3_000
/** Where they are closed even sooner, a look does not have the server tested more often for it. */
const RENEWED_MS = 60_000
const LOOK_ANSWER_MS = 5_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
/** A server of several replicas that are just being renewed answers now from one version, now from another. */
const MAX_TURNS = 4

/** Stands for the version of a server that does not say which one has answered. */
const UNKNOWN_VERSION = ''

/**
 * Hands out only what comes from a model that has passed the self-test. An answer counts when the self-test was passed by the version that gave
 * it, since its connection was opened, since the server was last away, and lately; where one of these does not hold, the self-test runs again
 * before the answer is handed out. A server may be started anew, updated or put behind another address at any time, and a silently wrong map is the
 * worst fault there is.
 */
export const guard = (options: GuardOptions): Guard => {
  const { device, client, selfTest, maxBatch, clock, random, parallel, batchTimeoutMs } = options
  /** When each version has last passed. */
  const passed = new Map<string, number>()
  let why: CodedError | null = null
  let isTold = false
  let tell: (why: CodedError | null) => void = () => {}
  let verifying: Promise<void> | null = null
  let underWay = 0
  let isOverdue = false
  let isClosed = false
  let cancelLook = () => {}
  const newDelays = () => backoff({ first: FIRST_WAIT_MS, cap: LONGEST_WAIT_MS, random })
  let delays = newDelays()

  const infer = async (
    images: readonly Uint8Array[],
    text: Float32Array | null,
    options: { readonly withinMs: number; readonly isWarmUp?: boolean },
  ): Promise<Answered[]> => {
    underWay += 1
    try {
      return await client.infer(images, text, options)
    } finally {
      underWay -= 1
    }
  }

  /**
   * Asks over as many connections at once as images come over: those that were closed are opened, the others kept from being closed.
   * @returns when the newest was opened
   */
  const connect = async (withinMs: number): Promise<number> =>
    Math.max(...(await Promise.all(Array.from({ length: parallel }, () => client.ready(withinMs)))))

  /** One at a time, for all who need it. */
  const verify = (): Promise<void> => {
    verifying ??= test().finally(() => {
      verifying = null
    })
    return verifying
  }

  const test = async (): Promise<void> => {
    const deadline = clock.now() + batchTimeoutMs
    const leftMs = () => Math.max(0, deadline - clock.now())
    await client.renew().catch((error: unknown) => {
      // Those in use do for now: the files may be just being replaced.
      if (!isServing()) throw error
    })
    await connect(leftMs())
    const together = Math.min(maxBatch, (await client.check(leftMs())) ?? maxBatch)
    let version = UNKNOWN_VERSION
    const backend: Backend = {
      device,
      run: async (images, text) => {
        const answers = await infer(images, text, { withinMs: leftMs(), isWarmUp: true })
        version = versionOf(answers[0]!)
        return predictionsOf(answers)
      },
      close: async () => {},
    }
    // A version that has passed as a batch is looked at again with one image, which costs a busy server less.
    await selfTest(backend, () => (passed.has(version) ? 1 : together))
    passed.set(version, clock.now())
  }

  /** An image that waits for the self-test does so no longer than its batch has time. */
  const verifyBy = async (deadline: number): Promise<void> => {
    const { promise, reject } = Promise.withResolvers<never>()
    const cancel = clock.after(Math.max(0, deadline - clock.now()), () => reject(outOfTime()))
    const verified = verify().catch((error: unknown) => {
      throw away(error)
    })
    try {
      await Promise.race([verified, promise])
    } finally {
      cancel()
    }
  }

  /** Says nothing of the server, which others may do well with. */
  const outOfTime = (): CodedError =>
    codedError(
      'ENGINE_TIMEOUT',
      `the time of a batch ("Time at most" of the model) was over before ${device} had done with this image; make batches smaller, or the time longer.`,
    )

  const isServing = (): boolean => isTold && why === null

  const away = (thrown: unknown): CodedError => {
    const error = isCodedError(thrown)
      ? thrown
      : codedError('ENGINE_SERVER_REPLY', messageOf(thrown), { cause: thrown })
    passed.clear()
    setWhy(error)
    return error
  }

  const setWhy = (next: CodedError | null): void => {
    if (isClosed) return
    const isNews = !isTold || next?.message !== why?.message
    isTold = true
    why = next
    if (isNews) tell(next)
    if (next === null) delays = newDelays()
    lookIn(next === null ? LOOK_MS : delays.next().value)
  }

  const lookIn = (ms: number): void => {
    cancelLook()
    if (!isClosed) cancelLook = clock.after(ms, () => void look())
  }

  /**
   * Brings a server back that was away, and finds out that one is while nobody asks it for anything. What would cost the next images a
   * self-test costs it now: connections that have become new, and a test that is getting old.
   */
  const look = async (): Promise<void> => {
    try {
      const isKnown = why === null && passed.size > 0
      // While it works it need not answer anything else: some servers cannot.
      const openedAt = isKnown && underWay === 0 ? await connect(LOOK_ANSWER_MS) : Number.NEGATIVE_INFINITY
      const testedAt = Math.max(...passed.values())
      const testIsDueMs = openedAt > testedAt ? RENEWED_MS : AGEING_MS
      if (why !== null || clock.now() - testedAt >= testIsDueMs) await verify()
      isOverdue = false
      setWhy(null)
    } catch (error) {
      // Others may have given it work: what it has told last holds, for one look.
      if (isServing() && isSlow(error) && !isOverdue) {
        isOverdue = true
        lookIn(LOOK_MS)
      } else away(error)
    }
  }

  const isTrusted = (answer: Answered): boolean => {
    const at = passed.get(versionOf(answer))
    return at !== undefined && answer.openedAt <= at && clock.now() - at < TRUST_MS
  }

  const answersTo = async (
    images: readonly Uint8Array[],
    text: Float32Array | null,
    deadline: number,
  ): Promise<Answered[]> => {
    const withinMs = deadline - clock.now()
    if (withinMs <= 0) throw outOfTime()
    try {
      return await infer(images, text, { withinMs })
    } catch (error) {
      if (clock.now() >= deadline) throw outOfTime()
      if (!isCodedError(error, 'ENGINE_INFERENCE')) throw away(error)
      // The server is there, and refuses these images; whether it is still the same one the next ones will show.
      passed.clear()
      throw error
    }
  }

  const runBy = async (
    deadline: number,
    images: readonly Uint8Array[],
    text: Float32Array | null,
  ): Promise<Prediction[]> => {
    for (let turn = 1; turn <= MAX_TURNS; turn++) {
      if (why !== null) throw why
      const answers = await answersTo(images, text, deadline)
      if (!answers.every(isTrusted)) await verifyBy(deadline)
      if (answers.every(isTrusted)) return predictionsOf(answers)
    }
    throw codedError(
      'ENGINE_SERVER_MODEL',
      `the server answers from several versions of the model, and none of ${MAX_TURNS} answers was from one that had passed the self-test just then; name the version.`,
    )
  }

  return {
    startBatch: () => {
      const deadline = clock.now() + batchTimeoutMs
      return (images, text) => runBy(deadline, images, text)
    },
    watch: (listener) => {
      tell = listener
      void look()
    },
    close: () => {
      isClosed = true
      cancelLook()
    },
  }
}

const versionOf = ({ version }: Answered): string => version ?? UNKNOWN_VERSION

const predictionsOf = (answers: readonly Answered[]): Prediction[] =>
  answers.flatMap(({ predictions }) => predictions)
