import { type CodedError, codedError } from '../../../errors/index.ts'
import type { Clock } from '../../clock.ts'
import type { RemoteSettings } from '../../protocol.ts'
import type { Connection, Reply } from './connection.ts'
import { statusFailure } from './failure.ts'
import { checkServed, type ExpectedModel } from './metadata.ts'
import { retryBudget, withRetries } from './retry.ts'
import { type Inferred, inferAnswer, inferRequest, parseObject } from './tensors.ts'

/** One answer to images, with what shows whom it is from. */
export interface Answered extends Inferred {
  readonly openedAt: number
}

/** One model on one server, as it is: nothing here judges what it answers. */
export interface Client {
  /** Asks whether the server takes requests for the model. @throws ENGINE_SERVER_… where it does not */
  ready(): Promise<void>
  /** Holds the model on the server to the one in the folder. @throws ENGINE_SERVER_… */
  check(): Promise<void>
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
}

export interface ClientOptions {
  readonly settings: RemoteSettings
  readonly model: ExpectedModel
  readonly connection: Connection
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal
}

/** Health and metadata are answered from memory. */
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
  const { imageSize } = model
  const name = encodeURIComponent(settings.model)
  const version = settings.version === null ? '' : `/versions/${encodeURIComponent(settings.version)}`
  const path = `/v2/models/${name}${version}`
  let maxImages: number | null = null

  const get = (path: string) =>
    connection.ask({ method: 'GET', path, timeoutMs: SMALL_TIMEOUT_MS, maxBytes: SMALL_BYTES })

  const failure = (reply: Reply, path: string, otherwise: Parameters<typeof statusFailure>[2]) =>
    statusFailure(
      { status: reply.status, retryAfter: reply.headers['retry-after'], said: errorOf(reply.body) },
      `${connection.url}${path}`,
      otherwise,
    )

  const ready = async (): Promise<void> => {
    const reply = await get(`${path}/ready`)
    if (reply.status === 200) return
    throw isClientError(reply.status)
      ? await diagnosis()
      : failure(reply, `${path}/ready`, 'ENGINE_SERVER_AWAY')
  }

  /** Servers answer "not ready" and "not there" with the same status. */
  const diagnosis = async (): Promise<CodedError> => {
    const live = await get('/v2/health/live')
    if (live.status !== 200)
      return codedError(
        'ENGINE_SERVER_REPLY',
        `nothing at ${connection.url} speaks KServe v2: /v2/health/live was answered with status ${live.status}. Check address, port and path.`,
      )
    const metadata = await get(path)
    return metadata.status === 200
      ? codedError(
          'ENGINE_SERVER_AWAY',
          `the server is there, and its model "${settings.model}" is not ready yet.`,
        )
      : failure(metadata, path, 'ENGINE_SERVER_MODEL')
  }

  const check = async (): Promise<void> => {
    const reply = await get(path)
    // Triton has said 400 for a model that it does not have.
    if (reply.status !== 200) throw failure(reply, path, 'ENGINE_SERVER_MODEL')
    const config = await get(`${path}/config`)
    maxImages = checkServed(
      parseObject(reply.body),
      config.status === 200 ? parseObject(config.body) : null,
      model,
    ).maxImages
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
    infer: async (images, text, { withinMs, isWarmUp = false }) => {
      const deadline = clock.now() + withinMs
      const answers: Answered[] = []
      const size = maxImages ?? images.length
      for (let at = 0; at < images.length; at += size)
        answers.push(
          await withRetries(
            () => {
              const leftMs = deadline - clock.now()
              if (leftMs <= 0)
                throw codedError(
                  'ENGINE_SERVER_AWAY',
                  `${connection.url} has not answered within ${withinMs} ms.`,
                )
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
