import { type FileHandle, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { codedError, isCodedError, messageOf } from '../../errors/index.ts'

export interface FetchProgress {
  /** Bytes on disk, those of earlier attempts included. */
  readonly done: number
  /** Null while the server has not said. */
  readonly total: number | null
}

export interface TransferOptions {
  readonly url: string
  /** The unfinished file. Beside it, `.validator` keeps the server's mark of the version that it is a part of. */
  readonly part: string
  /** Size of the whole, where it is known beforehand. */
  readonly bytes?: number | undefined
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
  readonly fetch: typeof globalThis.fetch
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly stallMs: number
}

/** Statuses of a moment: RFC 9110 §15, RFC 6585 §4. Every other refusal stays one. */
const isPassing = (status: number): boolean => [408, 425, 429].includes(status) || status >= 500

/** WEIGHTS_FETCH_FAILED is the one error after which another attempt can help. */
const failed = (url: string, found: string, cause?: unknown) =>
  codedError('WEIGHTS_FETCH_FAILED', `${url}: ${found}`, cause === undefined ? undefined : { cause })

const validatorFile = (part: string): string => `${part}.validator`

export const discardPart = async (part: string): Promise<void> => {
  await rm(part, { force: true })
  await rm(validatorFile(part), { force: true })
}

export const sizeOf = async (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

/**
 * One attempt: what is already there is completed if the server still has that version (RFC 9110 §13.1.5, If-Range), else fetched
 * whole. Resolves once the part is as long as the server says.
 * @returns whether bytes of an earlier attempt are in it
 * @throws WEIGHTS_FETCH_FAILED where another attempt may help; WEIGHTS_FETCH_REFUSED, WEIGHTS_CHECKSUM, WEIGHTS_WRITE where none will
 */
export const transfer = async (options: TransferOptions): Promise<{ readonly resumed: boolean }> => {
  const { url, part, signal, stallMs } = options
  const stall = new AbortController()
  const timer = setTimeout(() => stall.abort(), stallMs)
  try {
    const alive = () => void timer.refresh()
    return await attempt(options, AbortSignal.any([stall.signal, ...(signal ? [signal] : [])]), alive)
  } catch (error) {
    if (isFileError(error)) throw unwritable(part, await sizeOf(part), error)
    if (isCodedError(error) || signal?.aborted) throw error
    if (stall.signal.aborted) throw failed(url, `no byte came for ${stallMs / 1000} s`, error)
    // undici says "fetch failed" and keeps the reason in the cause.
    const reason = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw failed(url, messageOf(reason), error)
  } finally {
    clearTimeout(timer)
  }
}

const attempt = async (options: TransferOptions, signal: AbortSignal, alive: () => void) => {
  const { url, part, fetch, bytes } = options
  const validator = await readFile(validatorFile(part), 'utf8').catch(() => null)
  const have = validator === null ? 0 : await sizeOf(part)
  const ask: Record<string, string> = { 'accept-encoding': 'identity' }
  if (validator !== null && have > 0) Object.assign(ask, { range: `bytes=${have}-`, 'if-range': validator })

  const response = await fetch(url, { headers: ask, signal })
  alive()
  const range = rangeOf(response)
  try {
    if (response.status === 416 && range?.total === have) return { resumed: true }
    if (response.status === 416 || (response.status === 206 && range?.from !== have)) {
      await discardPart(part)
      throw failed(url, `what was there (${have} bytes) does not fit the file that the server has now`)
    }
    if (isPassing(response.status)) throw failed(url, `the server answers ${statusOf(response)}`)
    if (response.status !== 200 && response.status !== 206)
      throw codedError(
        'WEIGHTS_FETCH_REFUSED',
        `${url}: the server answers ${statusOf(response)}. Check the address; behind a proxy, fetch the file by hand.`,
      )
    const resumed = response.status === 206
    const total = resumed ? (range?.total ?? null) : lengthOf(response)
    if (bytes !== undefined && total !== null && total !== bytes) throw wrongSize(url, total, bytes)
    await receive(response, { ...options, from: resumed ? have : 0, total, alive })
    return { resumed }
  } finally {
    // Frees the connection where the body was not read to its end; there is nothing to be done about a failure.
    await response.body?.cancel().catch(() => {})
  }
}

interface Receiving extends TransferOptions {
  readonly from: number
  readonly total: number | null
  readonly alive: () => void
}

const receive = async (
  response: Response,
  { url, part, from, total, bytes, alive, onProgress }: Receiving,
) => {
  const validator = validatorOf(response)
  // First the old mark away: a part must never stand beside the mark of another version.
  if (from === 0) await rm(validatorFile(part), { force: true })
  const handle = await open(part, from === 0 ? 'w' : 'a')
  try {
    if (validator !== null) await writeFile(validatorFile(part), validator)
    let done = from
    onProgress?.({ done, total })
    for await (const chunk of response.body ?? []) {
      done += chunk.length
      const most = bytes ?? total
      if (most !== null && done > most) throw wrongSize(url, done, most)
      await writeAll(handle, chunk)
      alive()
      onProgress?.({ done, total })
    }
    if (total !== null && done < total) throw failed(url, `it broke off after ${done} of ${total} bytes`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const writeAll = async (handle: FileHandle, chunk: Uint8Array): Promise<void> => {
  for (let done = 0; done < chunk.length; )
    done += (await handle.write(chunk, done, chunk.length - done)).bytesWritten
}

const statusOf = ({ status, statusText }: Response): string => `${status} ${statusText}`.trim()

/** `bytes 100-199/200`, and after a 416 `bytes * /200`; RFC 9110 §14.4. */
const rangeOf = ({ headers }: Response): { from: number | null; total: number | null } | null => {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(?:(\d+)|\*)$/.exec(headers.get('content-range') ?? '')
  if (match === null) return null
  const number = (digits: string | undefined) => (digits === undefined ? null : Number(digits))
  return { from: number(match[1]), total: number(match[2]) }
}

/** A packed body is unpacked on its way in, so that its length and place say nothing of the file. */
const isPacked = ({ headers }: Response): boolean =>
  (headers.get('content-encoding') ?? 'identity') !== 'identity'

const lengthOf = (response: Response): number | null => {
  const length = response.headers.get('content-length')
  return length === null || isPacked(response) ? null : Number(length)
}

/** If-Range takes a strong ETag or a date, never a weak ETag. */
const validatorOf = (response: Response): string | null => {
  if (isPacked(response)) return null
  const etag = response.headers.get('etag')
  return etag !== null && !etag.startsWith('W/') ? etag : response.headers.get('last-modified')
}

const wrongSize = (url: string, found: number, expected: number) =>
  codedError(
    'WEIGHTS_CHECKSUM',
    `${url} has ${found} bytes or more, expected ${expected}: it is not the published file. ` +
      'A proxy or sign-in page may stand before it.',
  )

const FILE_CALLS: readonly unknown[] = ['open', 'write', 'fsync', 'close', 'unlink', 'rm']

const isFileError = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && FILE_CALLS.includes(error.syscall)

/** @param done bytes already there */
export const unwritable = (path: string, done: number, cause: unknown) =>
  codedError(
    'WEIGHTS_WRITE',
    cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
      ? `the disk is full: ${path} has got ${done} bytes. Make room and start again; what is there is kept.`
      : `${path} cannot be written: ${messageOf(cause)}. Choose a folder that can be written to.`,
    { cause },
  )
