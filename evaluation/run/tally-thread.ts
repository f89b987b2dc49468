/** The thread that counts pixels: it alone sorts them and waits for the disk, so that the model's next image is never held up. */
import { parentPort, workerData } from 'node:worker_threads'
import { toWire } from '../../engine/wire-error.ts'
import { type Measured, type PixelTally, startPixelTally } from '../metrics/index.ts'
import type { TallyCall, TallyReply } from './tally.ts'

const { folder } = workerData as { readonly folder: string }
const open = new Map<number, PixelTally>()

/** That of a category, from the first call that names it. */
const tallyOf = (category: number): PixelTally => {
  const tally = open.get(category) ?? startPixelTally({ folder })
  open.set(category, tally)
  return tally
}

const obey = (call: TallyCall): Measured | null => {
  if (call.kind === 'measure') return tallyOf(call.category).measure(call.aupro)
  if (call.kind === 'add') tallyOf(call.category).add(call.map, call.mask)
  else {
    open.get(call.category)?.close()
    open.delete(call.category)
  }
  return null
}

parentPort?.on('message', (call: TallyCall) => {
  const answer = (reply: TallyReply): void => parentPort?.postMessage(reply)
  try {
    answer({ measured: obey(call) })
  } catch (thrown) {
    answer({ error: toWire(thrown, 'EVALUATION_OUTPUT') })
  }
})
