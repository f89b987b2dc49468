export interface Backoff {
  readonly firstMs: number
  readonly capMs: number
  readonly random: () => number
}

/**
 * Waits between two attempts, ms, for ever: doubling up to a cap, and jittered between half and the whole of it, so that a
 * plant's boxes do not all return at once. The cap stays low: a server that is back after a night is to be used within 10 s.
 */
export function* waits({ firstMs, capMs, random }: Backoff): Generator<number, never> {
  for (let wait = firstMs; ; wait = Math.min(2 * wait, capMs)) yield wait * (0.5 + random() / 2)
}
