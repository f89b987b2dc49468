export interface BackoffOptions {
  /** Milliseconds of the first delay; every further one doubles. */
  readonly first: number
  /** No delay is longer, in milliseconds. */
  readonly cap: number
  /** 0..1; spreads the delays, so that several engines do not come back in step. */
  readonly random: () => number
}

/**
 * Delays in milliseconds without end: `first · 2ⁿ` up to `cap`, each shortened by up to a half.
 * @example for (const ms of backoff({ first: 250, cap: 30_000, random: Math.random })) { await sleep(ms); … }
 */
export function* backoff({ first, cap, random }: BackoffOptions): Generator<number, never> {
  for (let full = Math.min(first, cap); ; full = Math.min(full * 2, cap)) yield full * (1 - random() / 2)
}
