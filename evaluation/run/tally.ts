import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { moduleBeside } from '../../engine/process/module-beside.ts'
import type { WireError } from '../../engine/protocol.ts'
import { fromWire } from '../../engine/wire-error.ts'
import { codedError, messageOf } from '../../errors/index.ts'
import type { AnomalyMap, Mask } from '../../inspection/types.ts'
import type { Aupro, Measured } from '../metrics/index.ts'

export type TallyCall =
  | { readonly kind: 'add'; readonly map: AnomalyMap; readonly mask: Mask }
  | { readonly kind: 'measure'; readonly aupro: Aupro }

export type TallyReply = { readonly measured: Measured | null } | { readonly error: WireError }

/** Pixels of a category, counted in a thread of their own; one call after the other. */
export interface Tally {
  /** @param mask of the map's size @throws EVALUATION_MAP, EVALUATION_OUTPUT */
  add(map: AnomalyMap, mask: Mask): Promise<void>
  /** At the end, once. */
  measure(aupro: Aupro): Promise<Measured>
  /** Ends the thread, whatever it does, and removes what it has left on the disk. A call that is not answered yet rejects. */
  close(): Promise<void>
}

/** @param folder for temporary files */
export const startTally = async (folder: string): Promise<Tally> => {
  const own = await mkdtemp(join(folder, 'category-'))
  const thread = new Worker(moduleBeside(import.meta.url, './tally-thread'), { workerData: { folder: own } })
  let waiting: PromiseWithResolvers<Measured | null> | null = null
  let ended: Error | null = null

  const end = (how: string): void => {
    ended ??= codedError('EVALUATION_OUTPUT', `the thread that counts pixels has ended: ${how}.`)
    waiting?.reject(ended)
  }
  thread.on('error', (error) => end(messageOf(error)))
  thread.on('exit', (code) => end(`it exited with code ${code}`))
  thread.on('message', (reply: TallyReply) => {
    if ('error' in reply) waiting?.reject(fromWire(reply.error))
    else waiting?.resolve(reply.measured)
  })

  const call = async (what: TallyCall): Promise<Measured | null> => {
    if (ended) throw ended
    waiting = Promise.withResolvers()
    thread.postMessage(what)
    return waiting.promise
  }

  return {
    add: async (map, mask) => void (await call({ kind: 'add', map, mask })),
    measure: async (aupro) => (await call({ kind: 'measure', aupro }))!,
    close: async () => {
      await thread.terminate()
      await rm(own, { recursive: true, force: true })
    },
  }
}
