/** A sleep that can be cut short, also by what happens before one falls asleep. */
export interface Alarm {
  /** False when it was cut short. */
  sleep(ms: number): Promise<boolean>
  ring(): void
}

export const makeAlarm = (): Alarm => {
  let rung = false
  let wake: (() => void) | null = null
  return {
    sleep: async (ms) => {
      if (!rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      const slept = !rung
      rung = false
      wake = null
      return slept
    },
    ring: () => {
      rung = true
      wake?.()
    },
  }
}
