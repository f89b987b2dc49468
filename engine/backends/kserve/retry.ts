import { backoff } from '../../backoff.ts'
import type { Clock } from '../../clock.ts'
import { isPassing } from './failure.ts'

/**
 * Lets an outage not be made worse by those who try again: every failure that may be tried again takes a token, every success gives a tenth of one back, and nobody tries
 * again while half of them are gone. As gRPC throttles retries (proposal A6, `retryThrottling`), with the numbers of its example.
 */
export interface RetryBudget {
  succeeded(): void
  /** Counts a failure that is of a kind to be tried again; true where it may be. */
  failed(): boolean
}

const TOKENS = 10
const GIVEN_BACK = 0.1

export const retryBudget = (): RetryBudget => {
  let tokens = TOKENS
  return {
    succeeded: () => {
      tokens = Math.min(TOKENS, tokens + GIVEN_BACK)
    },
    failed: () => {
      tokens = Math.max(0, tokens - 1)
      return tokens > TOKENS / 2
    },
  }
}

const MAX_ATTEMPTS = 4
const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 2_000
/** A server that wants to be left alone for longer is away for as long as a line is concerned. */
const LONGEST_ASKED_MS = 5_000

export interface RetryOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly budget: RetryBudget
  /** By the clock; no attempt begins after it. */
  readonly deadline: number
  readonly signal: AbortSignal
}

/** Does a request again where that is safe and the budget allows: inference changes nothing on the server, so twice does no harm. */
export const withRetries = async <T>(
  attempt: () => Promise<T>,
  { clock, random, budget, deadline, signal }: RetryOptions,
): Promise<T> => {
  const delays = backoff({ first: FIRST_DELAY_MS, cap: LONGEST_DELAY_MS, random })
  for (let attempts = 1; ; attempts++)
    try {
      const result = await attempt()
      budget.succeeded()
      return result
    } catch (error) {
      if (!isPassing(error) || !budget.failed() || attempts === MAX_ATTEMPTS) throw error
      const waitMs = Math.max(delays.next().value, error.retryAfterMs)
      if (waitMs > LONGEST_ASKED_MS || clock.now() + waitMs >= deadline) throw error
      await pause(clock, waitMs, signal)
      if (signal.aborted) throw error
    }
}

/** Ends early when the signal says so. */
const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = clock.after(ms, resolve)
  const stop = (): void => {
    cancel()
    resolve()
  }
  signal.addEventListener('abort', stop)
  return promise.finally(() => signal.removeEventListener('abort', stop))
}
