import type { Outbox } from '../store/types.ts'
import type { Clock } from './clock.ts'

/** Between two attempts to write to a store that is in trouble, ms. */
const PAUSE_MS = 1000

/** Takes out of the outbox what needs no sending any more, several at once, and again where the store is in trouble. */
export interface Forgetter {
  forget(sequence: number): void
  /** Whether it is to be forgotten, or was since the last `settle`: a reading that began before may still hold it. */
  isOnItsWay(sequence: number): boolean
  /** No reading is under way. */
  settle(): void
  /** Resolves once nothing is left to be forgotten, or the attempt has failed. */
  flush(): Promise<void>
  stop(): void
}

export const createForgetter = (
  outbox: Outbox,
  clock: Clock,
  { onTrouble, onForgotten }: { onTrouble: (error: unknown) => void; onForgotten: () => void },
): Forgetter => {
  const wanted = new Set<number>()
  const done = new Set<number>()
  let running: Promise<void> | null = null
  let cancel: (() => void) | null = null
  let isStopped = false

  const run = async (): Promise<void> => {
    while (wanted.size > 0) {
      const batch = [...wanted]
      try {
        await outbox.forget(batch)
      } catch (error) {
        onTrouble(error)
        if (isStopped) return
        cancel = clock.after(PAUSE_MS, () => {
          cancel = null
          start()
        })
        return
      }
      for (const sequence of batch) {
        wanted.delete(sequence)
        done.add(sequence)
      }
      onForgotten()
    }
  }
  const start = (): void => {
    if (running !== null || cancel !== null || isStopped) return
    running = run().finally(() => {
      running = null
    })
  }

  return {
    forget: (sequence) => {
      wanted.add(sequence)
      start()
    },
    isOnItsWay: (sequence) => wanted.has(sequence) || done.has(sequence),
    settle: () => done.clear(),
    flush: async () => {
      await running
    },
    stop: () => {
      isStopped = true
      cancel?.()
    },
  }
}
