import { parentPort, workerData } from 'node:worker_threads'
import { inTurn } from '../in-turn.ts'
import { toWire } from '../wire-error.ts'
import type { ThreadCall, ThreadData, ThreadReply } from './in-thread.ts'
import { openOnnxruntime } from './onnxruntime.ts'
import type { Backend } from './types.ts'

const port = parentPort!
const { file, options } = workerData as ThreadData

const load = async (): Promise<Backend | null> => {
  try {
    return await openOnnxruntime(file, options)
  } catch (thrown) {
    port.postMessage({ error: toWire(thrown, 'ENGINE_LOAD') } satisfies ThreadReply)
    port.close()
    return null
  }
}

const run = async (
  backend: Backend,
  { images, count, text }: Extract<ThreadCall, { kind: 'run' }>,
): Promise<void> => {
  const bytes = images.length / count
  const each = Array.from({ length: count }, (_, i) => images.subarray(i * bytes, (i + 1) * bytes))
  try {
    // A map of its own each, so that it can move to the other thread.
    const predictions = (await backend.run(each, text)).map(({ score, map }) => ({ score, map: map.slice() }))
    port.postMessage(
      { predictions } satisfies ThreadReply,
      predictions.map(({ map }) => map.buffer),
    )
  } catch (thrown) {
    port.postMessage({ error: toWire(thrown, 'ENGINE_INFERENCE') } satisfies ThreadReply)
  }
}

const backend = await load()
if (backend !== null) {
  const takeTurn = inTurn()
  port.on('message', (call: ThreadCall) => {
    void takeTurn(async () => {
      if (call.kind === 'run') return run(backend, call)
      await backend.close()
      port.close()
    })
  })
  port.postMessage({ device: backend.device } satisfies ThreadReply)
}
