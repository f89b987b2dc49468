/** A thread that counts pixels: it alone sorts them and waits for the disk, so that the model's next image is never held up. */
import { parentPort } from 'node:worker_threads'
import { toWire } from '../../engine/wire-error.ts'
import { type Measured, type PixelTally, startPixelTally } from '../metrics/index.ts'
import type { TallyCall, TallyReply } from './tally.ts'

let tally: PixelTally | null = null

const obey = (call: TallyCall): Measured | null => {
  switch (call.kind) {
    case 'start':
      tally = startPixelTally({ folder: call.folder })
      return null
    case 'add':
      tally!.add(call.map, call.mask)
      return null
    case 'measure':
      return tally!.measure(call.aupro)
    case 'close':
      tally!.close()
      tally = null
      return null
  }
}

// The next call comes once the last one is answered.
parentPort?.on('message', (call: TallyCall) => {
  const answer = (reply: TallyReply): void => parentPort?.postMessage(reply)
  try {
    answer({ measured: obey(call) })
  } catch (thrown) {
    answer({ error: toWire(thrown, 'EVALUATION_OUTPUT') })
  }
})
