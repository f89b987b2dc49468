import { randomFor, shuffled } from '../random.ts'
import type { PreparedImage } from './prepare.ts'
import { VIEWS, type View } from './views.ts'

/** An image as one epoch sees it. */
export type SeenImage = PreparedImage & { readonly view: View }

/** The images of an epoch in their order. What seed and epoch decide, a training that goes on finds again. */
export const orderOf = (
  images: readonly PreparedImage[],
  epoch: number,
  { seed, augment }: { readonly seed: number; readonly augment: boolean },
): SeenImage[] =>
  shuffled(images, randomFor(seed, 'order', epoch)).map((each) => ({
    ...each,
    view: augment
      ? VIEWS[Math.floor(VIEWS.length * randomFor(seed, 'view', epoch, each.image.name)())]!
      : 'as-is',
  }))
