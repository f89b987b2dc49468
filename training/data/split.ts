import { codedError } from '../../errors/index.ts'
import { randomFor, shuffled } from '../random.ts'
import type { TrainingImage } from './images.ts'

export interface Parts<T> {
  readonly training: readonly T[]
  readonly validation: readonly T[]
}

/**
 * Keeps a share of the good and the same of the bad images back, chosen by the seed; either part keeps the order of the images.
 * @param share 0 = none
 * @throws TRAINING_IMAGES where the training would be without good or without bad images, or the validation without either
 */
export const splitImages = <T extends { readonly image: TrainingImage }>(
  all: readonly T[],
  { validation: share, seed }: { readonly validation: number; readonly seed: number },
): Parts<T> => {
  const chosen = new Set<T>()
  for (const [label, kind] of ['good', 'bad'].entries()) {
    const images = all.filter(({ image }) => image.label === label)
    if (images.length === 0)
      throw codedError(
        'TRAINING_IMAGES',
        `there are ${all.length} images to train on and none of them is ${kind}: prompts are learnt from good and bad ones, of each some.`,
      )
    if (share === 0) continue
    if (images.length < 2)
      throw codedError(
        'TRAINING_IMAGES',
        `there is but one ${kind} image, and a validation needs another one: leave it out, or add images.`,
      )
    const count = Math.min(images.length - 1, Math.max(1, Math.round(share * images.length)))
    for (const each of shuffled(images, randomFor(seed, 'validation', kind)).slice(0, count)) chosen.add(each)
  }
  return {
    training: all.filter((each) => !chosen.has(each)),
    validation: all.filter((each) => chosen.has(each)),
  }
}
