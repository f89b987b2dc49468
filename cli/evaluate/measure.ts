import type { Device, ServerOptions } from '../../engine/index.ts'
import type { Details } from '../../evaluation/results/index.ts'
import { BYTES_IN_FLIGHT, evaluateModel, type ModelOptions, type Task } from '../../evaluation/run/index.ts'
import { engineForFiles } from '../engine.ts'
import type { ProgressDisplay } from '../progress.ts'
import { timeLeft } from '../time-left.ts'
import type { Chosen } from './models.ts'
import { giveRightOfWay } from './right-of-way.ts'

export interface MeasureOptions
  extends Pick<ModelOptions, 'aupro' | 'cache' | 'folder' | 'output' | 'signal' | 'worst'> {
  readonly device: Device
  /** null = the device. */
  readonly server: ServerOptions | null
  readonly progress: ProgressDisplay
  /** Of the progress. */
  readonly title: string
}

export interface ModelMeasured {
  readonly details: Details
  readonly total: number
  /** Of all images those that an earlier run had inspected. */
  readonly fromCache: number
}

/** Runs a model over the task, and ends its process again. */
export const measureModel = async (
  task: Task,
  { folder, manifest: { sources } }: Chosen,
  { device, server, progress, title, ...options }: MeasureOptions,
): Promise<ModelMeasured> => {
  const engine = engineForFiles({
    model: folder,
    device,
    server,
    bytesInFlight: BYTES_IN_FLIGHT,
    signal: options.signal,
  })
  try {
    const model = await engine.ready
    giveRightOfWay()
    const total = task.categories.reduce((sum, { samples }) => sum + samples.length, 0)
    const clock = timeLeft(total)
    let fromCache = 0
    const details = await evaluateModel(task, {
      ...options,
      engine,
      model: { ...model, sources: sources.map(({ role, file, url }) => ({ role, file, url })) },
      device: engine.status().device ?? device,
      onImage: ({ category, isFromCache }) => {
        if (isFromCache) fromCache++
        progress.show(title, clock.next({ isWork: !isFromCache }), `${category}  ${clock.left()}`)
      },
    })
    return { details, total, fromCache }
  } finally {
    progress.end()
    await engine.close()
  }
}
