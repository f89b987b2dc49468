import { Worker } from 'node:worker_threads'
import { moduleBeside } from '../../engine/process/module-beside.ts'
import type { WireError } from '../../engine/protocol.ts'
import { fromWire } from '../../engine/wire-error.ts'
import { codedError, messageOf } from '../../errors/index.ts'
import type { AnomalyMap, Mask } from '../../inspection/types.ts'
import type { Aupro, Measured } from '../metrics/index.ts'

/** What the thread is told to do for one of the categories, which are numbered. */
export type TallyCall = { readonly category: number } /** `mask` is null where nothing is anomalous. */ & (
  | { readonly kind: 'add'; readonly map: AnomalyMap; readonly mask: Mask | null }
  | { readonly kind: 'measure'; readonly aupro: Aupro }
  | { readonly kind: 'close' }
)

/** Of the calls in their order. */
export type TallyReply = { readonly measured: Measured | null } | { readonly error: WireError }

/** Pixels of a category. */
export interface Tally {
  /**
   * Resolves once there is room for another one; what is wrong with a map that was added before may show here, and at the latest in `measure`.
   * @param map moves to the thread, and is empty afterwards
   * @param mask of the map's size; moves too, if anything in it is anomalous
   * @throws EVALUATION_MAP, EVALUATION_DISK
   */
  add(map: AnomalyMap, mask: Mask): Promise<void>
  /** At the end, once. @throws EVALUATION_MAP, EVALUATION_DISK */
  measure(aupro: Aupro): Promise<Measured>
  /** Removes what lies on the disk. */
  close(): Promise<void>
}

/** A thread that counts pixels, of several categories side by side: while it measures one, maps of the next may wait. */
export interface TallyThread {
  start(): Tally
  /** Ends it, whatever it does: calls that are not answered yet reject. What it has left in its folder then is the caller's to remove. */
  end(): Promise<void>
}

/** Maps that may wait to be counted: as many as a model makes while a category is measured, if it is a fast one and its maps are small. */
const MOST_WAITING = 32

/** @param folder for temporary files; it is there */
export const startTallyThread = (folder: string): TallyThread => {
  const worker = new Worker(moduleBeside(import.meta.url, './tally-thread'), { workerData: { folder } })
  const waiting: PromiseWithResolvers<Measured | null>[] = []
  let ended: Error | null = null
  let categories = 0

  const lose = (how: string): void => {
    ended ??= codedError('EVALUATION_OUTPUT', `the thread that counts pixels has ended: ${how}.`)
    for (const { reject } of waiting.splice(0)) reject(ended)
  }
  worker.on('error', (error) => lose(messageOf(error)))
  worker.on('exit', (code) => lose(`it exited with code ${code}`))
  worker.on('message', (reply: TallyReply) => {
    const first = waiting.shift()
    if ('error' in reply) first?.reject(fromWire(reply.error))
    else first?.resolve(reply.measured)
  })

  const call = async (what: TallyCall, moved: ArrayBuffer[] = []): Promise<Measured | null> => {
    if (ended) throw ended
    const answer = Promise.withResolvers<Measured | null>()
    // First, as it throws where something cannot be moved: the answers that follow are of the calls that were made.
    worker.postMessage(what, moved)
    waiting.push(answer)
    return answer.promise
  }

  return {
    start: () => {
      const category = categories++
      const added: Promise<unknown>[] = []
      return {
        add: async (map, mask) => {
          const answer = call(...addCall(category, map, mask))
          // Looked at below.
          answer.catch(() => {})
          added.push(answer)
          if (added.length > MOST_WAITING) await added.shift()
        },
        measure: async (aupro) => {
          await Promise.all(added)
          return (await call({ kind: 'measure', category, aupro }))!
        },
        close: async () => void (await call({ kind: 'close', category })),
      }
    },
    end: async () => void (await worker.terminate()),
  }
}

/** What moves is not copied: fresh memory for a map and its mask costs as much as counting their pixels. */
const addCall = (category: number, map: AnomalyMap, mask: Mask): [TallyCall, ArrayBuffer[]] => {
  const isBad = mask.data.includes(1)
  // The thread refuses a mask of another size, so that it has to see it.
  const isNeeded = isBad || mask.width !== map.width || mask.height !== map.height
  const moved = isBad ? [map.data.buffer, mask.data.buffer] : [map.data.buffer]
  return [{ kind: 'add', category, map, mask: isNeeded ? mask : null }, moved as ArrayBuffer[]]
}
