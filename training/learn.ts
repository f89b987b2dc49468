import type { FeatureSource } from './data/feature-source.ts'
import { orderOf } from './data/order.ts'
import type { PreparedImage } from './data/prepare.ts'
import { imageFacts } from './data/prepare-parts.ts'
import type { Parts } from './data/split.ts'
import { trainEpoch, validate } from './epoch.ts'
import { newLearnt, valuesOf } from './learnt.ts'
import type { Learning } from './methods/learning.ts'
import { writing } from './output.ts'
import type { OnProgress } from './progress.ts'
import { writeEpoch, writeLosses } from './results/files.ts'
import { type EpochLosses, isOver, type Losses } from './results/losses.ts'
import type { TrainingState } from './results/state.ts'
import type { TrainingSettings } from './settings.ts'
import { openStepper } from './stepper.ts'

export interface LearnOptions {
  readonly learning: Learning
  readonly settings: TrainingSettings
  readonly parts: Parts<PreparedImage>
  readonly source: FeatureSource
  readonly withMaps: boolean
  readonly output: string
  readonly epochs: number
  readonly signal: AbortSignal
  readonly onProgress: OnProgress
}

/**
 * Epoch after epoch, from the first or from where a training stands, to the last one or until the validation has not become better for too long.
 * @returns where it stands then
 * @throws TRAINING_LOSS, TRAINING_OUTPUT
 */
export const learn = async (
  { learning, settings, parts, source, withMaps, output, epochs, signal, onProgress }: LearnOptions,
  before: TrainingState | null,
): Promise<TrainingState> => {
  const optimiser = learning.optimiser(settings.learningRate)
  let state: TrainingState = before ?? {
    settings,
    images: imageFacts(parts),
    epochs: [],
    steps: 0,
    learnt: newLearnt(await learning.start(settings.seed), optimiser),
  }
  const isDone = () => state.epochs.length >= epochs || isOver(state.epochs, settings.patience)
  if (isDone()) return state

  const classNames = [
    ...new Set([...parts.training, ...parts.validation].map(({ image }) => image.className)),
  ]
  const { imageSize, features, device } = settings
  const step = await learning.step(settings, { withMaps, classNames })
  const stepper = await writing(`the text tower in ${output}`, () =>
    openStepper(
      step,
      learning.shapes,
      { imageSize, taps: features.length, classNames },
      { folder: output, device, signal },
    ),
  )
  try {
    while (!isDone()) {
      const epoch = state.epochs.length + 1
      const options = (images: readonly PreparedImage[], isValidation: boolean) => {
        const total = Math.ceil(images.length / settings.batch)
        let done = 0
        const onBatch = (losses: Losses) =>
          onProgress({ kind: 'batch', epoch, epochs, isValidation, done: ++done, total, losses })
        return { source, stepper, batch: settings.batch, signal, onBatch }
      }
      const { learnt, steps } = state
      const trained = await trainEpoch(orderOf(parts.training, epoch, settings), learnt, {
        ...options(parts.training, false),
        epoch,
        steps,
        optimiser,
      })
      const validation =
        parts.validation.length === 0
          ? null
          : await validate(parts.validation, learnt, options(parts.validation, true))
      const losses: EpochLosses = { epoch, ...trained.losses, validation }
      state = { ...state, epochs: [...state.epochs, losses], steps: trained.steps }
      await writeEpoch(output, state, await learning.checkpoint(valuesOf(learnt), { epoch, classNames }))
      await writeLosses(output, state.epochs)
      onProgress({ kind: 'epoch', losses, epochs })
    }
  } finally {
    await stepper.close()
  }
  return state
}
