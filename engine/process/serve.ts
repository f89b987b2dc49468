import type { Socket } from 'node:net'
import { finished } from 'node:stream/promises'
import { frameReader, writeFrame } from '../framing.ts'
import { DEFAULT_LIMITS } from '../image/index.ts'
import { imageAndView, type ProcessSettings, type ToProcess } from '../protocol.ts'
import { maskImages } from '../view/index.ts'
import { toWire } from '../wire-error.ts'
import { inspectBatch } from './batch.ts'
import type { LoadedModel, LoadModel } from './load.ts'
import type { Answer, BatchImage } from './types.ts'

/** Loads the model and inspects batch after batch, until the flow says close or its end of the pipe closes. */
export const serve = async (frames: Socket, settings: ProcessSettings, load: LoadModel): Promise<void> => {
  const answer: Answer = (message, ...payload) => writeFrame(frames, message, ...payload)
  let model: LoadedModel
  try {
    model = await load(settings)
  } catch (thrown) {
    answer({ type: 'unloadable', error: toWire(thrown, 'ENGINE_LOAD') })
    frames.end()
    await finished(frames, { readable: false })
    return
  }
  const limits = { ...DEFAULT_LIMITS, ...settings.limits }
  const options = { limits, maxBatch: settings.maxBatch, openMask: maskImages(limits) }
  let batch: BatchImage[] = []
  let work = Promise.resolve()
  const closing = Promise.withResolvers<void>()

  const read = frameReader<ToProcess>(settings.maxImageBytes, (message, payload) => {
    if (message.type === 'close') {
      closing.resolve()
      return
    }
    const { id, className } = message
    batch.push({ id, className, ...imageAndView(message.image, message.view, payload) })
    if (message.more) return
    const full = batch
    batch = []
    work = work.then(() => inspectBatch(full, model, options, answer))
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
  answer({ type: 'ready', model: model.facts, device: model.backend.device })
  await closing.promise
  await work
  await model.backend.close()
}
