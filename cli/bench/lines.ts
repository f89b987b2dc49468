import type { EngineOptions, ImageInput } from '../../engine/index.ts'
import type { Chosen } from '../evaluate/models.ts'
import { arrivalsOf, capacityOf, runLine, throughEngine } from './cameras.ts'
import { inEngine } from './in-engine.ts'
import type { RunOptions } from './options.ts'
import type { LineResult } from './show.ts'

export interface LineOptions extends RunOptions {
  readonly cameras: readonly number[]
  /** Of what the machine can do, 1 = all of it. */
  readonly load: number
  /** Of each number of cameras. */
  readonly seconds: number
  readonly threads: number
  readonly batch: number
}

/** So many images under way that the model never waits for one. */
const BATCHES_IN_FLIGHT = 3

export interface LinesRun {
  /** Images a second that the machine can do with these settings. */
  readonly capacity: number
  readonly lines: readonly LineResult[]
}

/**
 * Lets lines of more and more cameras run through a queue as a node has it, which is fair: each camera is a source of its own. What the
 * machine can do is measured before, with the same settings. @throws MODEL_…, ENGINE_…, IMAGE_…
 */
export const runLines = async (
  model: Chosen,
  images: readonly ImageInput[],
  { cameras, load, seconds, threads, batch, device, classFor, signal, progress }: LineOptions,
): Promise<LinesRun> => {
  const className = classFor(model)
  const settings: EngineOptions = { model: model.folder, device, threads, batch: { maxImages: batch } }

  progress.show('what the machine can do', null)
  const inFlight = Math.max(2, BATCHES_IN_FLIGHT * batch)
  const capacity = await inEngine(
    { ...settings, queue: { policy: 'reject', maxImages: inFlight, maxBytes: 2 ** 32 - 1 } },
    signal,
    (engine) => capacityOf(throughEngine(engine, className), images, { inFlight, seconds: seconds / 2 }),
  )
  const lines: LineResult[] = []
  for (const [index, count] of cameras.entries()) {
    progress.show('cameras', index / cameras.length, `${count} at a time`)
    const perSecond = capacity * load
    const arrivals = arrivalsOf({ cameras: count, perSecond, seconds }, Math.random)
    const run = await inEngine(settings, signal, (engine) =>
      runLine(throughEngine(engine, className), images, arrivals, signal),
    )
    lines.push({ cameras: count, load, perSecond, ...run })
  }
  progress.end()
  return { capacity, lines }
}
