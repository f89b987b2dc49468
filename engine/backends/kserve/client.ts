import { type CodedError, codedError } from '../../../errors/index.ts'
import type { Clock } from '../../clock.ts'
import type { RemoteSettings } from '../../protocol.ts'
import type { Connection, Reply } from './connection.ts'
import { isPassingStatus, statusFailure, timeoutFailure } from './failure.ts'
import { checkServed, type ExpectedModel } from './metadata.ts'
import { retryBudget, withRetries } from './retry.ts'
import { type Inferred, inferAnswer, inferRequest, parseObject } from './tensors.ts'

/** One answer to images, with what shows whom it is from. */
export interface Answered extends Inferred {
  readonly openedAt: number
}

/** One model on one server, as it is: nothing here judges what it answers. */
export interface Client {
  /**
   * Asks whether the server takes requests for the model.
   * @returns when the connection was opened that it was asked over, as `Reply` has it @throws ENGINE_SERVER_… where it does not
   */
  ready(withinMs: number): Promise<number>
  /**
   * Holds the model on the server to the one in the folder.
   * @returns images that it takes in a request; null = any number @throws ENGINE_SERVER_…
   */
  check(withinMs: number): Promise<number | null>
  /**
   * One request for as many images as the server takes at a time, one after the other.
   * @param withinMs for all of it; a single request has no more than the time-out of the settings, unless it `isWarmUp`
   * @throws ENGINE_SERVER_…, ENGINE_INFERENCE
   */
  infer(
    images: readonly Uint8Array[],
    text: Float32Array | null,
    options: { readonly withinMs: number; readonly isWarmUp?: boolean },
  ): Promise<Answered[]>
  /** Reads the certificates' files again. @throws ENGINE_SERVER_TLS */
  renew(): Promise<void>
}

export interface ClientOptions {
  readonly settings: RemoteSettings
  readonly model: ExpectedModel
  readonly connection: Connection
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal
}

/** Health and metadata are answered from memory, but by some servers not while they work. */
const SMALL_TIMEOUT_MS = 5_000
const SMALL_BYTES = 1024 * 1024

export const createClient = ({
  settings,
  model,
  connection,
  clock,
  random,
  signal,
}: ClientOptions): Client => {
  const budget = retryBudget()
  // Of its own: a server is asked whether it is back for as long as it is away.
  const smallBudget = retryBudget()
  const { imageSize } = model
  const name = encodeURIComponent(settings.model)
  const version = settings.version === null ? '' : `/versions/${encodeURIComponent(settings.version)}`
  const path = `/v2/models/${name}${version}`
  let maxImages: number | null = null

  const failure = (reply: Reply, path: string, otherwise: Parameters<typeof statusFailure>[2]) =>
    statusFailure(
      { status: reply.status, retryAfter: reply.headers['retry-after'], said: errorOf(reply.body) },
      `${connection.url}${path}`,
      otherwise,
    )

  const get = (path: string, deadline: number): Promise<Reply> =>
    withRetries(
      async () => {
        const timeoutMs = Math.min(deadline - clock.now(), Math.max(SMALL_TIMEOUT_MS, settings.timeoutMs))
        const reply = await connection.ask({ method: 'GET', path, timeoutMs, maxBytes: SMALL_BYTES })
        if (isPassingStatus(reply.status)) throw failure(reply, path, 'ENGINE_SERVER_AWAY')
        return reply
      },
      { clock, random, budget: smallBudget, deadline, signal },
    )

  const ready = async (withinMs: number): Promise<number> => {
    const deadline = clock.now() + withinMs
    const reply = await get(`${path}/ready`, deadline)
    if (reply.status === 200) return reply.openedAt
    throw isClientError(reply.status)
      ? await diagnosis(deadline)
      : failure(reply, `${path}/ready`, 'ENGINE_SERVER_AWAY')
  }

  /** Servers answer "not ready" and "not there" with the same status. */
  const diagnosis = async (deadline: number): Promise<CodedError> => {
    const live = await get('/v2/health/live', deadline)
    if (live.status !== 200)
      return codedError(
        'ENGINE_SERVER_REPLY',
        `nothing at ${connection.url} speaks KServe v2: /v2/health/live was answered with status ${live.status}. Check address, port and path.`,
      )
    const metadata = await get(path, deadline)
    return metadata.status === 200
      ? codedError(
          'ENGINE_SERVER_AWAY',
          `the server is there, and its model "${settings.model}" is not ready yet.`,
        )
      : failure(metadata, path, 'ENGINE_SERVER_MODEL')
  }

  const check = async (withinMs: number): Promise<number | null> => {
    const deadline = clock.now() + withinMs
    const reply = await get(path, deadline)
    // Triton has said 400 for a model that it does not have.
    if (reply.status !== 200) throw failure(reply, path, 'ENGINE_SERVER_MODEL')
    const config = await get(`${path}/config`, deadline)
    maxImages = checkServed(
      parseObject(reply.body),
      config.status === 200 ? parseObject(config.body) : null,
      model,
    ).maxImages
    return maxImages
  }

  const inferOnce = async (
    images: readonly Uint8Array[],
    text: Float32Array | null,
    timeoutMs: number,
  ): Promise<Answered> => {
    const request = inferRequest(images, text, imageSize)
    const reply = await connection.ask({ method: 'POST', path: `${path}/infer`, timeoutMs, ...request })
    if (reply.status !== 200) throw failure(reply, `${path}/infer`, 'ENGINE_INFERENCE')
    return { ...inferAnswer(reply, images.length, imageSize), openedAt: reply.openedAt }
  }

  return {
    ready,
    check,
    renew: connection.renew,
    infer: async (images, text, { withinMs, isWarmUp = false }) => {
      const deadline = clock.now() + withinMs
      const answers: Answered[] = []
      const size = maxImages ?? images.length
      for (let at = 0; at < images.length; at += size)
        answers.push(
          await withRetries(
            () => {
              const leftMs = deadline - clock.now()
              if (leftMs <= 0) throw timeoutFailure('gave no answer', withinMs, connection.url)
              return inferOnce(
                images.slice(at, at + size),
                text,
                isWarmUp ? leftMs : Math.min(leftMs, settings.timeoutMs),
              )
            },
            { clock, random, budget, deadline, signal },
          ),
        )
      return answers
    },
  }
}

/** Of the request, other than those that say that it may not or not now. */
const isClientError = (status: number): boolean =>
  status >= 400 && status < 500 && ![401, 403, 429].includes(status)

const MAX_SAID = 300

/** A server's own words: `{"error": "…"}` by the protocol; of a proxy's page only what it is. */
const errorOf = (body: Buffer): string => {
  try {
    const { error } = parseObject(body)
    return typeof error === 'string' ? oneLine(error) : ''
  } catch {
    return ''
  }
}

/** Neither line ends nor other control characters: it goes into logs. */
const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_SAID)
