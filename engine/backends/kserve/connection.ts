import { readFile } from 'node:fs/promises'
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { codedError, messageOf } from '../../../errors/index.ts'
import type { Clock } from '../../clock.ts'
import type { ServerSettings } from '../../server-options.ts'
import { networkFailure, timeoutFailure } from './failure.ts'

export interface Request {
  readonly method: 'GET' | 'POST'
  /** After the server's URL, e.g. `/v2/health/ready`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string | number>>
  /** Sent one after the other, none of them copied. */
  readonly body?: readonly Uint8Array[]
  readonly timeoutMs: number
  /** A longer answer is cut off: it is none to this request. */
  readonly maxBytes: number
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
  /**
   * When its connection was opened, by the clock: a server that was started anew since has not answered over it. -∞ where the server keeps none
   * open, so that a new one means nothing.
   */
  readonly openedAt: number
}

/** Connections to one server, which are kept open. */
export interface Connection {
  /** As it is shown: the URL without a slash at its end. */
  readonly url: string
  /** @throws ENGINE_SERVER_AWAY, ENGINE_SERVER_TLS, ENGINE_SERVER_REPLY */
  ask(request: Request): Promise<Reply>
  /** Reads the files of the certificates again, for connections that are opened from then on. @throws ENGINE_SERVER_TLS; those before then stay in use */
  renew(): Promise<void>
  /** What is under way fails. */
  close(): void
}

/** A server on the same network answers in milliseconds; packets that a firewall drops are answered never. */
const CONNECT_MS = 5_000
/** A connection that the server had closed before is reset as soon as something is sent over it. */
const STALE_MS = 1_000

/** @throws ENGINE_SERVER_TLS when a file of the certificates cannot be used */
export const openConnection = async (
  settings: ServerSettings,
  { clock, sockets }: { readonly clock: Clock; readonly sockets: number },
): Promise<Connection> => {
  const base = new URL(settings.url)
  const url = base.href.replace(/\/+$/, '')
  const isSecure = base.protocol === 'https:'
  const kept = { keepAlive: true, maxSockets: sockets }
  const agent = isSecure ? new HttpsAgent(kept) : new HttpAgent(kept)
  const request = isSecure ? httpsRequest : httpRequest
  let tls = isSecure ? await tlsOptions(settings) : {}
  const authorization = settings.token === null ? {} : { authorization: `Bearer ${settings.token}` }
  const opened = new WeakMap<Socket, number>()
  const underWay = new Set<ClientRequest>()

  const send = (asked: Request): Promise<Reply> => {
    const { method, path, headers, body = [], timeoutMs, maxBytes } = asked
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    const sentAt = clock.now()
    const length = body.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const sent = request(`${url}${path}`, {
      ...tls,
      method,
      agent,
      headers: { ...authorization, ...headers, ...(method === 'POST' ? { 'content-length': length } : {}) },
    })
    underWay.add(sent)
    let isOver = false
    let cancelConnect = () => {}
    const cancelTimeout = clock.after(timeoutMs, () => fail(timeoutFailure('gave no answer', timeoutMs, url)))
    const end = (): void => {
      isOver = true
      cancelConnect()
      cancelTimeout()
      underWay.delete(sent)
    }
    const fail = (why: Error): void => {
      end()
      reject(why)
      sent.destroy()
    }
    const failedBy = (cause: unknown): void => fail(networkFailure(cause, url))

    sent.on('socket', (socket) => {
      if (opened.has(socket)) return
      opened.set(socket, clock.now())
      cancelConnect = clock.after(CONNECT_MS, () =>
        fail(timeoutFailure('took no connection', CONNECT_MS, url)),
      )
      socket.once(isSecure ? 'secureConnect' : 'connect', () => cancelConnect())
    })
    let isAnswered = false
    sent.on('error', (cause) => {
      if (isOver) return
      const tookMs = clock.now() - sentAt
      // The server has closed a kept connection just when it was to be used again, which is no failure of it.
      if (sent.reusedSocket && !isAnswered && isReset(cause) && tookMs < STALE_MS) {
        end()
        resolve(send({ ...asked, timeoutMs: timeoutMs - tookMs }))
      } else failedBy(cause)
    })
    sent.on('response', (response) => {
      isAnswered = true
      const openedAt = /\bclose\b/i.test(response.headers.connection ?? '')
        ? Number.NEGATIVE_INFINITY
        : (opened.get(response.socket) ?? clock.now())
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength
        chunks.push(chunk)
        if (bytes > maxBytes)
          fail(
            codedError(
              'ENGINE_SERVER_REPLY',
              `${url}${path} answered with more than ${maxBytes} bytes, which no model of this size does; check the URL.`,
            ),
          )
      })
      response.on('error', failedBy)
      response.on('end', () => {
        end()
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          openedAt,
        })
      })
    })
    for (const piece of body) sent.write(piece)
    sent.end()
    return promise
  }

  return {
    url,
    ask: send,
    renew: async () => {
      if (isSecure) tls = await tlsOptions(settings)
    },
    close: () => {
      for (const request of underWay) request.destroy(new Error('this side has closed the connection'))
      agent.destroy()
    },
  }
}

const isReset = (error: NodeJS.ErrnoException): boolean =>
  error.code === 'ECONNRESET' || error.code === 'EPIPE'

/** The server's certificate is checked whatever NODE_TLS_REJECT_UNAUTHORIZED says: nobody else is to have the token. */
const tlsOptions = async (settings: ServerSettings) => ({
  ...(await certificates(settings)),
  rejectUnauthorized: true,
})

const certificates = async ({ caFile, certFile, keyFile }: ServerSettings) => {
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readPem))
  const given = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
  try {
    createSecureContext(given)
  } catch (cause) {
    throw codedError(
      'ENGINE_SERVER_TLS',
      `the certificates given for the server cannot be used: ${messageOf(cause)}. Give PEM files, and the key that belongs to the certificate.`,
      { cause },
    )
  }
  return given
}

const readPem = async (file: string | null): Promise<Buffer | null> =>
  file === null
    ? null
    : readFile(file).catch((cause: unknown) => {
        throw codedError(
          'ENGINE_SERVER_TLS',
          `the file "${file}" of the server's certificates cannot be read: ${messageOf(cause)}.`,
          { cause },
        )
      })
