/** The thread that counts pixels: it alone sorts them and waits for the disk, so that the model's next image is never held up. */
import { parentPort, workerData } from 'node:worker_threads'
import { toWire } from '../../engine/wire-error.ts'
import { startPixelTally } from '../metrics/index.ts'
import type { TallyCall, TallyReply } from './tally.ts'

const { folder } = workerData as { readonly folder: string }
const tally = startPixelTally({ folder })

// One call after the other: the next one is asked for once the last one is answered.
parentPort?.on('message', async (call: TallyCall) => {
  const answer = (reply: TallyReply): void => parentPort?.postMessage(reply)
  try {
    if (call.kind === 'add') {
      await tally.add(call.map, call.mask)
      answer({ measured: null })
    } else answer({ measured: await tally.measure(call.aupro) })
  } catch (thrown) {
    answer({ error: toWire(thrown, 'EVALUATION_OUTPUT') })
  }
})
