import { watchClock } from './clock.ts'
import { startThread, type Thread } from './thread.ts'
import type { Outbox, OutboxLimits, ResultLog, Store, StoreOptions } from './types.ts'

/**
 * Opens the file, makes it where there is none (its folder for the owner alone), and drops what has grown too old in it.
 * Only one store of all processes can have it open.
 * @throws STORE_LOCKED, STORE_DAMAGED (the file is left as it is), STORE_FULL, STORE_WRITE
 */
export const openStore = async (
  file: string,
  { now = Date.now, elapsed = () => performance.now() }: StoreOptions = {},
): Promise<Store> => {
  const clock = watchClock(now, elapsed)
  const thread = await startThread({ file, now: now() })
  const open = new Set<string>()
  /** For the next call, which is carried out after this one. */
  const time = (): number => {
    const { now, set } = clock()
    // What keeps it from being written keeps anything from being dropped, too.
    if (set !== 0) thread.call('setClock', { now, set }).catch(() => {})
    return now
  }
  return {
    outbox: async (stream, limits) => {
      const outbox = await openOutbox(thread, { stream, ...limits }, time)
      open.add(stream)
      return outbox
    },
    results: async (owner, kept) => resultLog(thread, { owner, kept }),
    streams: async () => {
      const streams = await thread.call('streams', { now: time() })
      return streams.map((summary) => ({ ...summary, isOpen: open.has(summary.stream) }))
    },
    close: () => thread.close(),
  }
}

const openOutbox = async (
  thread: Thread,
  { stream, maxBytes, maxAgeMs }: OutboxLimits & { stream: string },
  now: () => number,
): Promise<Outbox> => {
  const own = () => ({ stream, maxBytes, maxAgeMs, now: now() })
  let counts = await thread.call('openOutbox', own())
  return {
    accept: async ({ id, envelope, payload }) => {
      // A copy of its own: a Buffer may be a window on memory that it shares with others, and would all be cloned.
      const copy = new Uint8Array(payload)
      counts = await thread.call('accept', { ...own(), id, envelope, payload: copy }, [copy.buffer])
    },
    take: async (after, count, bytes = Number.MAX_SAFE_INTEGER) => {
      const taken = await thread.call('take', { ...own(), after, count, bytes })
      counts = taken.counts
      return taken.messages
    },
    forget: async (sequences) => {
      if (sequences.length > 0) counts = await thread.call('forget', { stream, sequences })
    },
    counts: () => counts,
  }
}

const resultLog = (thread: Thread, own: { owner: string; kept: number }): ResultLog => ({
  add: ({ acquisitionId, body, overlay }) =>
    thread.call('addResult', { ...own, acquisitionId, body, overlay: overlay && new Uint8Array(overlay) }),
  acknowledge: async (sequence) => {
    await thread.call('acknowledgeResult', { ...own, sequence })
  },
  waiting: () => thread.call('waitingResults', own),
  newest: () => thread.call('newestResults', own),
  readState: () => thread.call('readState', own),
  writeState: async (state) => {
    await thread.call('writeState', { ...own, state })
  },
})
