import { codedError } from '../errors/index.ts'
import { settingsOf } from '../models/build-settings.ts'
import type { ClipDimensions } from '../models/clip/dimensions.ts'
import type { MethodSettings } from '../models/methods/index.ts'
import type { PromptSizes } from './anomalyclip-step.ts'

/** Methods whose prompts can be learnt here. */
export const TRAINING_METHODS = ['anomalyclip', 'coop'] as const

export type TrainingMethod = (typeof TRAINING_METHODS)[number]

/** Where it may run. TensorRT would compile for minutes what is run for half an hour. */
export const TRAINING_DEVICES = ['cpu', 'cuda'] as const

export type TrainingDevice = (typeof TRAINING_DEVICES)[number]

/** What may be chosen, with defaults for the rest. */
export interface ChosenTraining extends Partial<PromptSizes> {
  readonly method: TrainingMethod
  /** As of the model to be built: see `ChosenSettings`. */
  readonly imageSize?: number
  readonly dpamLayers?: number
  readonly features?: readonly number[]
  readonly activation?: MethodSettings['activation']
  /** Images of a step. Default: 8. */
  readonly batch?: number
  /** Default: 1e-3 for anomalyclip, 2e-3 for coop. */
  readonly learningRate?: number
  /** Default: 111, the published script's. */
  readonly seed?: number
  /** Share of the images, 0 … 0.9, that is not trained on but tells how well others fare. Default: 0. */
  readonly validation?: number
  /** Epochs without a lower validation loss after which training stops; the best epoch is the result. Default: none. */
  readonly patience?: number
  /** Images are seen mirrored, too. Default: no. */
  readonly augment?: boolean
  /** Default: cpu. */
  readonly device?: TrainingDevice
}

/** All that decides the result but the images and the number of epochs: a training that goes on must have the same. */
export interface TrainingSettings
  extends PromptSizes,
    Pick<MethodSettings, 'imageSize' | 'dpamLayers' | 'features' | 'activation'> {
  readonly method: TrainingMethod
  readonly batch: number
  readonly learningRate: number
  readonly seed: number
  readonly validation: number
  readonly patience: number | null
  readonly augment: boolean
  /** Another one adds in another order: a training that goes on there would not end as if nothing had happened. */
  readonly device: TrainingDevice
  /** sha256 of the weights, and of the prompts to begin with. */
  readonly clip: string
  readonly init: string | null
}

/** Epochs of the published training. */
export const EPOCHS = 15

const LEARNING_RATES: Readonly<Record<TrainingMethod, number>> = { anomalyclip: 1e-3, coop: 2e-3 }

export const optionError = (message: string) => codedError('TRAINING_OPTIONS', message)

export interface FromFiles {
  readonly dimensions: ClipDimensions
  readonly isOpenAiArchive: boolean
  readonly sizes: PromptSizes
  readonly clip: string
  readonly init: string | null
}

/** @throws TRAINING_OPTIONS; MODEL_OPTIONS where the weights allow no such model */
export const trainingSettings = (
  chosen: ChosenTraining,
  { dimensions, isOpenAiArchive, sizes, clip, init }: FromFiles,
): TrainingSettings => {
  const { method, batch = 8, learningRate = LEARNING_RATES[method], seed = 111 } = chosen
  const { validation = 0, patience = null, augment = false, device = 'cpu' } = chosen
  if (!Number.isInteger(batch) || batch < 1)
    throw optionError(`the batch is ${batch}; expected 1 image or more.`)
  if (!(learningRate > 0) || !Number.isFinite(learningRate))
    throw optionError(`the learning rate is ${learningRate}; expected a number above 0.`)
  if (!Number.isSafeInteger(seed)) throw optionError(`the seed is ${seed}; expected a whole number.`)
  if (!(validation >= 0 && validation <= 0.9))
    throw optionError(`the share of the validation is ${validation}; expected 0 to 0.9.`)
  if (patience !== null && (!Number.isInteger(patience) || patience < 1))
    throw optionError(`the patience is ${patience}; expected 1 epoch or more.`)
  if (patience !== null && validation === 0)
    throw optionError('patience is asked for, and no images are kept for a validation.')
  if (method === 'coop' && chosen.features !== undefined)
    throw optionError('feature layers are chosen, and coop learns from the image feature alone.')
  const { imageSize, dpamLayers, features, activation } = settingsOf(
    method,
    definedOf({
      imageSize: chosen.imageSize,
      dpamLayers: chosen.dpamLayers,
      features: chosen.features,
      activation: chosen.activation,
    }),
    dimensions,
    isOpenAiArchive,
  )
  return {
    method,
    imageSize,
    dpamLayers,
    // The image feature, which is all that coop learns from, comes from no tap.
    features: method === 'coop' ? [] : features,
    activation,
    ...sizes,
    batch,
    learningRate,
    seed,
    validation,
    patience,
    augment,
    device,
    clip,
    init,
  }
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** Without what was not chosen: `settingsOf` would take it in place of its default. */
const definedOf = <T extends object>(options: T): Defined<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>
