import { setTimeout as sleep } from 'node:timers/promises'

/** What a wrong password costs. */
const REFUSAL_MS = 1_000
/** More attempts at once than any client makes that does not guess. */
const MAX_WAITING = 5

export interface GuessOptions {
  readonly isUser: (name: string, password: string) => boolean
  /** Told of each refusal. */
  readonly onRefused: (client: string) => void
  readonly pause?: (ms: number) => Promise<unknown>
}

/**
 * Lets each client, known by its certificate, guess one password a second: its attempts wait for each other, also the right
 * one behind wrong ones, as its answer would come early else. Nobody else waits, so that nobody is locked out by another's guesses.
 */
export const slowGuesses = ({
  isUser,
  onRefused,
  pause = (ms) => sleep(ms, undefined, { ref: false }),
}: GuessOptions) => {
  const queues = new Map<string, { waiting: number; last: Promise<unknown> }>()

  const attempt = async (client: string, name: string, password: string): Promise<boolean> => {
    if (isUser(name, password)) return true
    onRefused(client)
    await pause(REFUSAL_MS)
    return false
  }

  return async (client: string, name: string, password: string): Promise<boolean> => {
    const queue = queues.get(client) ?? { waiting: 0, last: Promise.resolve() }
    if (queue.waiting >= MAX_WAITING) return false
    queues.set(client, queue)
    queue.waiting++
    const answer = queue.last.then(() => attempt(client, name, password))
    queue.last = answer
    try {
      return await answer
    } finally {
      if (--queue.waiting === 0) queues.delete(client)
    }
  }
}
