/** Wakes one who waits. A ring that nobody waits for is kept, so that none is missed; several count as one. */
export interface Bell {
  ring(): void
  /** Resolves at the next ring, or at once when it has rung since the last wait. */
  wait(): Promise<void>
}

export const createBell = (): Bell => {
  let hasRung = false
  let wake: (() => void) | undefined
  return {
    ring: () => {
      hasRung = wake === undefined
      wake?.()
      wake = undefined
    },
    wait: () =>
      new Promise((resolve) => {
        if (hasRung) resolve()
        else wake = resolve
        hasRung = false
      }),
  }
}
