import { SHARE_ENV, Worker } from 'node:worker_threads'
import { moduleBeside } from '../process/module-beside.ts'
import type { WireError } from '../protocol.ts'
import { fromWire } from '../wire-error.ts'
import type { OnnxruntimeOptions } from './onnxruntime.ts'
import type { Backend, Prediction } from './types.ts'

/** What the thread is started with. */
export interface ThreadData {
  readonly file: string
  readonly options: OnnxruntimeOptions
}

/** Images lie in one buffer, one behind the other. */
export type ThreadCall =
  | {
      readonly kind: 'run'
      readonly images: Uint8Array
      readonly count: number
      readonly text: Float32Array | null
    }
  | { readonly kind: 'close' }

/** One to each call, in their order, and one before them when the graph is loaded. */
export type ThreadReply =
  | { readonly device: string }
  | { readonly predictions: Prediction[] }
  | { readonly error: WireError }

/**
 * Loads a graph as `openOnnxruntime` does, into a thread of its own: `run` of the binding holds the calling thread for its whole length
 * (microsoft/onnxruntime#26968), and meanwhile this process is to read and decode the next images. One such thread at a time: with
 * more of them the binding has fallen over (microsoft/onnxruntime#24486).
 * @throws ENGINE_DEVICE when the device cannot be used, ENGINE_LOAD when the graph cannot
 */
export const openInThread = async (file: string, options: OnnxruntimeOptions): Promise<Backend> => {
  const waiting: PromiseWithResolvers<ThreadReply>[] = []
  const nextReply = (): Promise<ThreadReply> => {
    const reply = Promise.withResolvers<ThreadReply>()
    waiting.push(reply)
    return reply.promise
  }
  const loaded = nextReply()
  // Its environment is the process's own, in which onnxruntime looks for what it may do (models/onnxruntime.ts).
  const thread = new Worker(moduleBeside(import.meta.url, './onnxruntime-thread'), {
    workerData: { file, options } satisfies ThreadData,
    env: SHARE_ENV,
  })
  const exited = Promise.withResolvers<void>()
  thread.on('exit', () => exited.resolve())
  thread.on('message', (reply: ThreadReply) => waiting.shift()?.resolve(reply))
  // It catches what a graph throws; anything else is a crash, and as such the flow's side deals with it.
  thread.on('error', (error) => {
    throw error
  })
  const first = await loaded
  if ('error' in first) {
    // The next device is tried in a thread of its own.
    await exited.promise
    throw fromWire(first.error)
  }
  if (!('device' in first)) throw new Error('the thread answered before it was asked')

  return {
    device: first.device,
    run: async (images, text) => {
      const reply = nextReply()
      const packed = pack(images)
      const call: ThreadCall = { kind: 'run', images: packed, count: images.length, text }
      thread.postMessage(call, [packed.buffer])
      const answer = await reply
      if ('error' in answer) throw fromWire(answer.error)
      return 'predictions' in answer ? answer.predictions : []
    },
    close: async () => {
      thread.postMessage({ kind: 'close' } satisfies ThreadCall)
      await exited.promise
    },
  }
}

const pack = (images: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const packed = new Uint8Array(images.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const image of images) {
    packed.set(image, end)
    end += image.length
  }
  return packed
}
