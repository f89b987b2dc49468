export interface BackoffOptions {
  /** Milliseconds of the first delay; every further one doubles. */
  readonly first: number
  /** No delay is longer, in milliseconds. */
  readonly cap: number
  /** 0..1; spreads the delays, so that a plant's boxes do not all come back in step. */
  readonly random: () => number
}

/** Delays in milliseconds without end: `first · 2ⁿ` up to `cap`, each shortened by up to a half. */
export function* backoff({ first, cap, random }: BackoffOptions): Generator<number, never> {
  for (let full = Math.min(first, cap); ; full = Math.min(full * 2, cap)) yield full * (1 - random() / 2)
}
