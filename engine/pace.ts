/** How long an image takes in the inference process, ms. */
export interface Pace {
  readonly decodeMs: number
  readonly inferMs: number
}

/** Decoding takes longer while the model runs beside it, and a late image is worse than an early one. */
const MARGIN = 1.5
/** Of an image in the mean of those before: the last few count. */
const SHARE = 0.25

/**
 * Learns from the answers when a batch has to be at the process so that it is decoded just when the model is free: earlier, and what waits
 * would be out of the queue's reach for nothing; later, and the model would stand still.
 */
export const paceKeeper = () => {
  let pace: Pace | null = null
  const mean = (before: number, now: number): number => before + SHARE * (now - before)
  return {
    /** One image was answered. `inferMs` is that of the `images` that the model ran together. */
    note: ({ decodeMs, inferMs, images }: Pace & { readonly images: number }): void => {
      const now = { decodeMs, inferMs: inferMs / images }
      pace =
        pace === null
          ? now
          : {
              decodeMs: mean(pace.decodeMs, now.decodeMs),
              inferMs: mean(pace.inferMs, now.inferMs),
            }
    },
    /**
     * Milliseconds from when the process comes to a batch to when the next one is to be handed over; null while nobody knows.
     * @param running images of the batch, and whether they were decoded before @param next images of the next
     */
    headStart: (
      running: { readonly images: number; readonly isDecoded: boolean },
      next: number,
    ): number | null => {
      if (pace === null) return null
      const { decodeMs, inferMs } = pace
      const busyMs = running.images * (inferMs + (running.isDecoded ? 0 : decodeMs))
      return Math.max(0, busyMs - next * decodeMs * MARGIN)
    },
  }
}
