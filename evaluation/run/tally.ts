import { Worker } from 'node:worker_threads'
import { moduleBeside } from '../../engine/process/module-beside.ts'
import type { WireError } from '../../engine/protocol.ts'
import { fromWire } from '../../engine/wire-error.ts'
import { codedError, messageOf } from '../../errors/index.ts'
import type { AnomalyMap, Mask } from '../../inspection/types.ts'
import type { Aupro, Measured } from '../metrics/index.ts'

export type TallyCall =
  | { readonly kind: 'start'; readonly folder: string }
  | { readonly kind: 'add'; readonly map: AnomalyMap; readonly mask: Mask }
  | { readonly kind: 'measure'; readonly aupro: Aupro }
  | { readonly kind: 'close' }

export type TallyReply = { readonly measured: Measured | null } | { readonly error: WireError }

/** Pixels of a category, counted in a thread; one call after the other. */
export interface Tally {
  /** @param mask of the map's size @throws EVALUATION_MAP, EVALUATION_DISK */
  add(map: AnomalyMap, mask: Mask): Promise<void>
  /** At the end, once. @throws EVALUATION_DISK */
  measure(aupro: Aupro): Promise<Measured>
  /** A call that is not answered yet rejects. */
  close(): Promise<void>
}

/** Threads that count pixels, each for one category at a time: as many as categories are open. */
export interface TallyThreads {
  /** @throws EVALUATION_DISK */
  start(): Promise<Tally>
  /** Ends them, whatever they do. What they have left in the folder then is the caller's to remove. */
  close(): Promise<void>
}

/** @param folder for temporary files; it is there */
export const tallyThreads = (folder: string): TallyThreads => {
  const all: Thread[] = []
  // A new one has to load its modules and to find out once more which of its code to make fast.
  const idle: Thread[] = []
  return {
    start: async () => {
      const thread = idle.pop() ?? startThread()
      if (!all.includes(thread)) all.push(thread)
      await thread.call({ kind: 'start', folder }).catch(async (thrown: unknown) => {
        await thread.end()
        throw thrown
      })
      return {
        add: async (map, mask) => void (await thread.call({ kind: 'add', map, mask })),
        measure: async (aupro) => (await thread.call({ kind: 'measure', aupro }))!,
        close: async () => {
          if (idle.includes(thread)) return
          if (thread.isBusy()) return thread.end()
          await thread.call({ kind: 'close' })
          idle.push(thread)
        },
      }
    },
    close: async () => void (await Promise.all(all.map((thread) => thread.end()))),
  }
}

interface Thread {
  call(what: TallyCall): Promise<Measured | null>
  isBusy(): boolean
  end(): Promise<void>
}

const startThread = (): Thread => {
  const worker = new Worker(moduleBeside(import.meta.url, './tally-thread'))
  let waiting: PromiseWithResolvers<Measured | null> | null = null
  let ended: Error | null = null

  const settle = (how: (waiting: PromiseWithResolvers<Measured | null>) => void): void => {
    const settled = waiting
    waiting = null
    if (settled) how(settled)
  }
  const lose = (how: string): void => {
    ended ??= codedError('EVALUATION_OUTPUT', `the thread that counts pixels has ended: ${how}.`)
    settle(({ reject }) => reject(ended))
  }
  worker.on('error', (error) => lose(messageOf(error)))
  worker.on('exit', (code) => lose(`it exited with code ${code}`))
  worker.on('message', (reply: TallyReply) =>
    settle(({ resolve, reject }) =>
      'error' in reply ? reject(fromWire(reply.error)) : resolve(reply.measured),
    ),
  )
  return {
    call: async (what) => {
      if (ended) throw ended
      waiting = Promise.withResolvers()
      worker.postMessage(what)
      return waiting.promise
    },
    isBusy: () => waiting !== null,
    end: async () => void (await worker.terminate()),
  }
}
