import type { Socket } from 'node:net'
import { finished } from 'node:stream/promises'
import { frameReader, writeFrame } from '../framing.ts'
import { DEFAULT_LIMITS } from '../image/index.ts'
import { inTurn } from '../in-turn.ts'
import { imageAndView, type ProcessSettings, type ToProcess } from '../protocol.ts'
import { maskImages } from '../view/index.ts'
import { toWire } from '../wire-error.ts'
import { inspectBatch, type Stages } from './batch.ts'
import type { LoadedModel, LoadModel } from './load.ts'
import { overlapped } from './overlap.ts'
import { batchRunner } from './runner.ts'
import { sideBySide } from './side-by-side.ts'
import type { Answer, BatchImage } from './types.ts'

/** Loads the model and inspects batch after batch, until the flow says close or its end of the pipe closes. */
export const serve = async (frames: Socket, settings: ProcessSettings, load: LoadModel): Promise<void> => {
  const answer: Answer = (message, ...payload) => writeFrame(frames, message, ...payload)
  let model: LoadedModel
  try {
    model = await load(settings, (step, device) => answer({ type: 'step', step, device }))
  } catch (thrown) {
    answer({ type: 'unloadable', error: toWire(thrown, 'ENGINE_LOAD') })
    frames.end()
    await finished(frames, { readable: false })
    return
  }
  const { backend } = model
  const limits = { ...DEFAULT_LIMITS, ...settings.limits }
  const runner = batchRunner(backend, (images, thrown) =>
    answer({ type: 'smaller', images, error: toWire(thrown, 'ENGINE_INFERENCE') }),
  )
  const options = { limits, maxBatch: settings.maxBatch, openMask: maskImages(limits), runner }
  let batch: BatchImage[] = []
  const inspectBeside = sideBySide(answer)
  const stages = overlapped()
  const takeTurn = inTurn()
  const preparedInTurn: Stages = async (prepare, run) => run(await takeTurn(prepare))
  let work = Promise.resolve()
  const closing = Promise.withResolvers<void>()

  const read = frameReader<ToProcess>(settings.maxImageBytes, (message, payload) => {
    if (message.type === 'close') {
      closing.resolve()
      return
    }
    const { id, source, className } = message
    batch.push({ id, source, className, ...imageAndView(message.image, message.view, payload) })
    if (message.more) return
    const full = batch
    batch = []
    // A server takes several batches at a time; how many there are is the dispatcher's to say.
    const inspected =
      'watch' in backend
        ? inspectBeside((say: Answer) => inspectBatch(full, model, options, say, preparedInTurn))
        : inspectBatch(full, model, options, answer, stages)
    inspected.catch(closing.reject)
    work = Promise.all([work, inspected]).then(() => {})
    work.catch(() => {})
  })
  frames.on('data', (chunk: Uint8Array) => {
    try {
      read(chunk)
    } catch (thrown) {
      closing.reject(thrown)
    }
  })
  frames.on('close', closing.resolve)
  const sayReady = () =>
    answer({ type: 'ready', model: model.facts, device: backend.device, loaded: model.report() })
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
