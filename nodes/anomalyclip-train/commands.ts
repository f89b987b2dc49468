import { inTurn, modelsDir } from '../../engine/index.ts'
import { codedError } from '../../errors/index.ts'
import type { Recommendation } from '../../inspection/calibration/index.ts'
import {
  endRun,
  type layoutOf,
  type Offer,
  type Progress,
  readOffer,
  retrain,
  takeOffer,
} from '../../retraining/index.ts'
import type { Host, InUse } from '../anomalyclip-model/deployed.ts'
import type { TrainSettings } from './settings.ts'

export interface CommandsOptions {
  readonly host: Host
  readonly layout: ReturnType<typeof layoutOf>
  readonly settings: TrainSettings
  readonly userDir: string
  readonly onProgress: (progress: Progress) => void
}

/** Another model is in use: what the node `threshold` is to be told. */
export interface Change {
  readonly control: 'import' | 'calibrate' | 'reset'
  readonly payload: Recommendation | null
  readonly deployed: { readonly model: string; readonly before: string }
}

export interface Commands {
  /** @returns null where it was cancelled @throws RETRAINING_BUSY, and what `retrain` throws */
  train(isAsked: boolean): Promise<Offer | null>
  /** Ends a training; what it has done is kept. @returns whether there was one */
  cancel(): Promise<boolean>
  /** @throws RETRAINING_OFFER, RETRAINING_BUSY, and what `deploy` of the model throws */
  deploy(): Promise<Change>
  /** @throws ENGINE_DEPLOYMENT, RETRAINING_BUSY */
  goBack(): Promise<Change>
  /** Ends what runs; a training goes on with the next start. */
  close(): Promise<void>
}

const CANCELLED = new Error('the training was cancelled')
const CLOSED = new Error('the node was closed')

/** A training keeps all cores busy: in one Node-RED there is one. */
let underWay: object | null = null

export const openCommands = ({ host, layout, settings, userDir, onProgress }: CommandsOptions): Commands => {
  const me = {}
  const takeTurn = inTurn()
  let controller: AbortController | null = null
  let running: Promise<unknown> = Promise.resolve()

  const refuseWhileTraining = (): void => {
    if (underWay !== null)
      throw codedError(
        'RETRAINING_BUSY',
        `a training is under way${underWay === me ? '' : ' in another node'}; wait for its end, or cancel it.`,
      )
  }
  const change = async (work: () => Promise<InUse>): Promise<Change> => {
    refuseWhileTraining()
    const before = host.inUse().reference
    const { reference, threshold, isChosen } = await work()
    return {
      control: threshold ? 'import' : isChosen ? 'reset' : 'calibrate',
      payload: threshold,
      deployed: { model: reference, before },
    }
  }
  const attempt = async (isAsked: boolean, signal: AbortSignal): Promise<Offer | null> => {
    const { name, least, epochs, weights } = settings
    try {
      return await retrain({
        ...{ layout, name, least, epochs, weights, isAsked, signal, onProgress },
        chosen: host.chosen,
        present: host.inUse().folder,
        modelsFolder: modelsDir(userDir),
      })
    } catch (error) {
      if (!signal.aborted) throw error
      // Before another may begin, which is wanted again.
      if (signal.reason === CANCELLED) await endRun(layout)
      return null
    } finally {
      underWay = null
      controller = null
    }
  }
  const train = async (isAsked: boolean): Promise<Offer | null> => {
    refuseWhileTraining()
    underWay = me
    controller = new AbortController()
    const attempted = attempt(isAsked, controller.signal)
    running = attempted.catch(() => {})
    return attempted
  }
  const end = async (reason: Error): Promise<boolean> => {
    if (controller === null) return false
    controller.abort(reason)
    await running
    return true
  }
  return {
    train,
    cancel: () => end(CANCELLED),
    deploy: () =>
      takeTurn(() =>
        change(async () => {
          const offer = await readOffer(layout, host.inUse().folder)
          await takeOffer(layout, offer, modelsDir(userDir), (model) =>
            host.deploy({ model, threshold: offer.threshold }),
          )
          return host.inUse()
        }),
      ),
    goBack: () => takeTurn(() => change(() => host.goBack())),
    close: async () => {
      await end(CLOSED)
    },
  }
}
