/** A store's thread that opens, answers nothing, and dies of the third request. */
import { parentPort } from 'node:worker_threads'
import type { Opening } from '../../connect/store/protocol.ts'

let requests = 0
parentPort?.on('message', () => {
  if (++requests === 3) throw new Error('out of memory')
})
parentPort?.postMessage({ opened: true } satisfies Opening)
