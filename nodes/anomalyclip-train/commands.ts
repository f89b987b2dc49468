import { inTurn, modelsDir } from '../../engine/index.ts'
import { codedError, isCodedError } from '../../errors/index.ts'
import type { Recommendation } from '../../inspection/calibration/index.ts'
import {
  endRun,
  type KeptOffer,
  type layoutOf,
  type Offer,
  type Progress,
  pauseRun,
  readOffer,
  retrain,
  takeOffer,
} from '../../retraining/index.ts'
import type { Host, InUse } from '../anomalyclip-model/deployed.ts'
import { alone } from './alone.ts'
import type { TrainSettings } from './settings.ts'

export interface CommandsOptions {
  readonly host: Host
  readonly layout: ReturnType<typeof layoutOf>
  readonly settings: TrainSettings
  readonly userDir: string
  readonly onProgress: (progress: Progress) => void
  /** Tests bring their own. */
  readonly learn?: typeof retrain
}

/** Another model is in use than the chosen one or the one before: what the node `threshold` is to be told. */
export interface Change {
  readonly control: 'import' | 'calibrate' | 'reset'
  readonly payload: Recommendation | null
  readonly deployed: { readonly model: string; readonly before: string }
}

export interface Commands {
  /** @returns null where it was cancelled, or the node is closed @throws RETRAINING_BUSY, and what `retrain` throws */
  train(isAsked: boolean): Promise<Offer | null>
  /** Ends a training; what it has done is kept. @returns whether there was one */
  cancel(): Promise<boolean>
  /** @throws RETRAINING_OFFER, RETRAINING_BUSY, and what `deploy` of the model throws */
  deploy(): Promise<Change>
  /** @throws ENGINE_DEPLOYMENT, RETRAINING_BUSY */
  goBack(): Promise<Change>
  /** What `threshold` may have forgotten over a restart; null where the chosen model is in use. */
  inForce(): Change | null
  /** Whether one is under way that this node began. */
  isTraining(): boolean
  /** What could be deployed now; null = nothing. */
  offer(): Promise<KeptOffer | null>
  /** Ends what runs, and begins nothing any more; a training goes on with the next start. */
  close(): Promise<void>
}

const CANCELLED = new Error('the training was cancelled')
const CLOSED = new Error('the node was closed')

const changeTo = ({ reference, threshold, isChosen }: InUse, before: string): Change => ({
  control: threshold ? 'import' : isChosen ? 'reset' : 'calibrate',
  payload: threshold,
  deployed: { model: reference, before },
})

/** A training keeps all cores busy: in one Node-RED there is one. */
let underWay: object | null = null

/** No training begins, and no other change, while a model is loaded in place of another. */
const takeTurn = inTurn()

export const openCommands = ({
  host,
  layout,
  settings,
  userDir,
  onProgress,
  learn = (options) => alone(options.layout.folder, () => retrain(options)),
}: CommandsOptions): Commands => {
  const me = {}
  let controller: AbortController | null = null
  let isClosed = false
  let running: Promise<unknown> = Promise.resolve()
  let changing: Promise<unknown> = Promise.resolve()

  const refuseWhileTraining = (): void => {
    if (underWay !== null)
      throw codedError(
        'RETRAINING_BUSY',
        `a training is under way${underWay === me ? '' : ' in another node'}; wait for its end, or cancel it.`,
      )
  }
  const change = async (work: () => Promise<InUse>): Promise<Change> => {
    refuseWhileTraining()
    const changed = takeTurn(async (): Promise<Change> => {
      const before = host.inUse().reference
      return changeTo(await work(), before)
    })
    changing = changed.catch(() => {})
    return changed
  }
  const attempt = async (isAsked: boolean, signal: AbortSignal): Promise<Offer | null> => {
    const { name, least, epochs, weights } = settings
    try {
      // The model to compare with may just be replaced.
      await takeTurn(async () => {})
      signal.throwIfAborted()
      return await learn({
        ...{ layout, name, least, epochs, weights, isAsked, signal, onProgress },
        chosen: host.chosen,
        present: host.inUse().folder,
        modelsFolder: modelsDir(userDir),
      })
    } catch (error) {
      if (!signal.aborted) throw error
      // Before another may begin, which is wanted again.
      if (signal.reason === CANCELLED) await endRun(layout)
      else await pauseRun(layout)
      return null
    } finally {
      underWay = null
      controller = null
    }
  }
  const train = async (isAsked: boolean): Promise<Offer | null> => {
    // It would outlive the node, and nobody could cancel it.
    if (isClosed) return null
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
      change(async () => {
        const offer = await readOffer(layout, host.inUse().folder)
        await takeOffer(layout, offer, modelsDir(userDir), host.deploy)
        return host.inUse()
      }),
    goBack: () => change(() => host.goBack()),
    inForce: () => {
      const inUse = host.inUse()
      return inUse.isChosen ? null : changeTo(inUse, inUse.reference)
    },
    isTraining: () => controller !== null,
    offer: () =>
      readOffer(layout, host.inUse().folder).catch((error: unknown) => {
        if (isCodedError(error, 'RETRAINING_OFFER')) return null
        throw error
      }),
    close: async () => {
      isClosed = true
      await end(CLOSED)
      // Where the model is closed as well, it is offered again.
      await changing
    },
  }
}
