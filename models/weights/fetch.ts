import { rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { codedError, isCodedError } from '../../errors/index.ts'
import { makeFolder } from '../make-folder.ts'
import { checkFile, examineFile, type FileCheck, type FileFacts } from './check-file.ts'
import { discardPart, type FetchProgress, sizeOf, transfer, unwritable } from './transfer.ts'

export interface FetchFileOptions {
  readonly url: string
  /** Where the file shall lie; its folder is made. Until it is whole and right, it is `to` + `.part`. */
  readonly to: string
  readonly check: FileCheck
  readonly onProgress?: (progress: FetchProgress) => void
  /** Ends the fetch with the signal's own reason; what has come so far is kept for the next time. */
  readonly signal?: AbortSignal
  readonly fetch?: typeof globalThis.fetch
  /** Milliseconds without a byte after which a connection is given up. */
  readonly stallMs?: number
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
  /** 0..1. */
  readonly random?: () => number
}

/** Attempts in a row that bring no byte more than any before. */
const MAX_ATTEMPTS = 6

/** A stalled transfer through a company's proxy has been seen to go on after half a minute of virus scan. */
const STALL_MS = 60_000

/** Milliseconds before the second attempt; doubles up to the cap. */
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

/**
 * Fetches a published file, goes on where an earlier attempt was cut off, and puts it in place only when it is the right one. A right
 * file that is already in place is taken as it is.
 * @throws WEIGHTS_CHECKSUM (the wrong file is removed), WEIGHTS_FETCH_REFUSED, WEIGHTS_FETCH_FAILED, WEIGHTS_WRITE
 */
export const fetchFile = async (options: FetchFileOptions): Promise<FileFacts> => {
  const { to, check } = options
  const there = await checkFile(to, check).catch(() => null)
  if (there !== null) return there

  const part = `${to}.part`
  await makeFolder(dirname(to)).catch((error: unknown) => {
    throw unwritable(dirname(to), 0, error)
  })
  const { resumed } = await complete(options, part)
  const facts = await checkPart(options, part).catch(async (error: unknown) => {
    // Begun on one version and ended on another, perhaps: that deserves one whole fetch.
    if (!resumed) throw error
    await complete(options, part)
    return checkPart(options, part)
  })
  await rename(part, to).catch((error: unknown) => {
    throw unwritable(to, facts.bytes, error)
  })
  await discardPart(part)
  return facts
}

/** Attempts until the part is complete. */
const complete = async (options: FetchFileOptions, part: string): Promise<{ readonly resumed: boolean }> => {
  const { url, check, onProgress, signal, fetch = globalThis.fetch, stallMs = STALL_MS } = options
  const { sleep = (ms, signal) => wait(ms, undefined, { signal }), random = Math.random } = options
  let most = 0
  for (let failures = 0; ; ) {
    try {
      if (failures > 0) await sleep(waitBefore(failures, random), signal)
      return await transfer({ url, part, bytes: check.bytes, onProgress, signal, fetch, stallMs })
    } catch (error) {
      signal?.throwIfAborted()
      if (isCodedError(error, 'WEIGHTS_CHECKSUM')) await discardPart(part)
      if (!isCodedError(error, 'WEIGHTS_FETCH_FAILED')) throw error
      // A bad line may break often, as long as every attempt gets further than all before.
      const done = await sizeOf(part)
      failures = done > most ? 1 : failures + 1
      most = Math.max(most, done)
      if (failures >= MAX_ATTEMPTS)
        throw codedError(
          'WEIGHTS_FETCH_FAILED',
          `gave up after ${MAX_ATTEMPTS} attempts without progress, with ${done} bytes there. The last one: ${error.message}. ` +
            'Start again to go on from there, or fetch the file by hand.',
          { cause: error },
        )
    }
  }
}

/** Doubling, and up to a half less at random, so that a plant's boxes do not all come back at once. */
const waitBefore = (failures: number, random: () => number): number =>
  Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS) * (1 - random() / 2)

/** @throws WEIGHTS_CHECKSUM, once the wrong part is removed */
const checkPart = async ({ url, check }: FetchFileOptions, part: string): Promise<FileFacts> => {
  const findings = await examineFile(part, check)
  if ('facts' in findings) return findings.facts
  await discardPart(part)
  throw codedError(
    'WEIGHTS_CHECKSUM',
    `what ${url} delivers is not the published file: ${findings.mismatch}. It was removed. ` +
      'Fetch the file from its publisher by another way, and tell us if it has changed there.',
  )
}
