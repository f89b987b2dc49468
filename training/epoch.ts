import { codedError } from '../errors/index.ts'
import type { BatchItem } from './data/batch.ts'
import type { FeatureSource } from './data/feature-source.ts'
import type { SeenImage } from './data/order.ts'
import type { PreparedImage } from './data/prepare.ts'
import type { Learnt } from './learnt.ts'
import type { Optimiser } from './optimiser.ts'
import { type Losses, lossMeans } from './results/losses.ts'
import type { Stepper, StepResult } from './stepper.ts'

export interface EpochOptions {
  readonly source: FeatureSource
  readonly stepper: Stepper
  readonly batch: number
  readonly signal: AbortSignal
  /** After each batch. @param losses so far */
  readonly onBatch: (losses: Losses) => void
}

/**
 * One pass over images in their order; the last batch may be a short one.
 * @param use is told what a step has found
 * @returns means of the losses
 */
const passOver = async (
  images: readonly SeenImage[],
  learnt: Learnt,
  { source, stepper, batch, signal, onBatch }: EpochOptions,
  use: (result: StepResult) => void,
): Promise<Losses> => {
  const means = lossMeans()
  for (let start = 0; start < images.length; start += batch) {
    signal.throwIfAborted()
    const items = await Promise.all(images.slice(start, start + batch).map((each) => itemOf(each, source)))
    const result = await stepper.run(learnt, items)
    use(result)
    means.add(result.losses, items.length)
    onBatch(means.mean())
  }
  return means.mean()
}

const itemOf = async (
  { image, fingerprint, view }: SeenImage,
  source: FeatureSource,
): Promise<BatchItem> => ({
  features: await source.get(image, source.keyOf(image, fingerprint, view), view),
  label: image.label,
  className: image.className,
})

/**
 * Learns from each image once, in place.
 * @param steps of the optimiser before
 * @throws TRAINING_LOSS where a loss or a gradient is no finite number
 */
export const trainEpoch = async (
  images: readonly SeenImage[],
  learnt: Learnt,
  {
    epoch,
    steps,
    optimiser,
    ...options
  }: EpochOptions & { readonly epoch: number; readonly steps: number; readonly optimiser: Optimiser },
): Promise<{ readonly losses: Losses; readonly steps: number }> => {
  let count = steps
  const losses = await passOver(images, learnt, options, (result) => {
    count++
    checkFinite(result, epoch, count - steps)
    for (const [name, { value, moments }] of learnt)
      optimiser.step(value, result.gradients.get(name)!, moments, count)
  })
  return { losses, steps: count }
}

/** Losses alone, of images as they are. */
export const validate = (
  images: readonly PreparedImage[],
  learnt: Learnt,
  options: EpochOptions,
): Promise<Losses> =>
  passOver(
    images.map((each) => ({ ...each, view: 'as-is' })),
    learnt,
    options,
    () => {},
  )

const checkFinite = ({ losses, gradients }: StepResult, epoch: number, batch: number): void => {
  const wrong = [losses.images, losses.maps ?? 0].find((loss) => !Number.isFinite(loss))
  const isSteep = [...gradients.values()].some((gradient) =>
    gradient.some((slope) => !Number.isFinite(slope)),
  )
  if (wrong === undefined && !isSteep) return
  throw codedError(
    'TRAINING_LOSS',
    `in epoch ${epoch}, batch ${batch}, ${wrong === undefined ? 'a gradient is no finite number' : `the loss is ${wrong}`}. ` +
      (epoch === 1 ? '' : `The checkpoint of epoch ${epoch - 1} is kept. `) +
      'Train anew in another folder with a lower --lr; where it happens in the first batch, the weights or the prompts to begin with are damaged.',
  )
}
