import type { Socket } from 'node:net'
import { finished } from 'node:stream/promises'
import { frameReader, writeFrame } from '../framing.ts'
import { DEFAULT_LIMITS } from '../image/index.ts'
import { type FromProcess, imageOf, type ProcessSettings, type ToProcess } from '../protocol.ts'
import { toWire } from '../wire-error.ts'
import { type Answer, type BatchImage, inspectBatch } from './batch.ts'
import type { LoadedModel, LoadModel } from './load.ts'
import { sideBySide } from './side-by-side.ts'

/** Loads the model and inspects batch after batch, until the flow says close or its end of the pipe closes. */
export const serve = async (frames: Socket, settings: ProcessSettings, load: LoadModel): Promise<void> => {
  const answer = (message: FromProcess, payload?: Uint8Array) => writeFrame(frames, message, payload)
  let model: LoadedModel
  try {
    model = await load(settings)
  } catch (thrown) {
    answer({ type: 'unloadable', error: toWire(thrown, 'ENGINE_LOAD') })
    frames.end()
    await finished(frames, { readable: false })
    return
  }
  const { backend } = model
  const limits = { ...DEFAULT_LIMITS, ...settings.limits }
  let batch: BatchImage[] = []
  const inspectBeside = sideBySide(answer)
  let work = Promise.resolve()
  const closing = Promise.withResolvers<void>()

  const read = frameReader<ToProcess>(settings.maxImageBytes, (message, payload) => {
    if (message.type === 'close') {
      closing.resolve()
      return
    }
    const { id, className } = message
    batch.push({ id, className, image: imageOf(message.image, payload) })
    if (message.more) return
    const full = batch
    batch = []
    const inspect = (say: Answer) => inspectBatch(full, model, limits, say)
    // A server takes several batches at a time; how many there are is the dispatcher's to say.
    work = 'watch' in backend ? inspectBeside(inspect) : work.then(() => inspect(answer))
    work.catch(closing.reject)
  })
  frames.on('data', (chunk: Uint8Array) => {
    try {
      read(chunk)
    } catch (thrown) {
      closing.reject(thrown)
    }
  })
  frames.on('close', closing.resolve)
  const sayReady = () => answer({ type: 'ready', model: model.facts, device: backend.device })
  if ('watch' in backend)
    backend.watch((why) => {
      if (why === null) sayReady()
      else answer({ type: 'away', error: toWire(why, 'ENGINE_SERVER_AWAY') })
    })
  else sayReady()
  await closing.promise
  await work
  await backend.close()
}
