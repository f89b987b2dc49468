import { join } from 'node:path'
import { imagesIn, stemOf } from '../evaluation/datasets/files.ts'
import type { Layout } from './layout.ts'

export const JUDGEMENTS = ['good', 'bad'] as const

/** Of a person, on one image. */
export type Judgement = (typeof JUDGEMENTS)[number]

/** Of each kind, every fifth image is held out: enough to compare with, and four times as many to learn from. */
export const HOLD_OUT_EVERY = 5

/** Where masks lie, beside the images' folders. */
export const MASKS = 'masks'

/** A gathered image; absolute paths. */
export interface GatheredImage {
  readonly image: string
  readonly judgement: Judgement
  /** Drawn on it; null = nobody has. */
  readonly mask: string | null
}

export interface Gathered {
  readonly training: readonly GatheredImage[]
  readonly heldOut: readonly GatheredImage[]
}

/** How many there are. */
export interface Counts {
  readonly good: number
  readonly bad: number
  /** Of the bad ones. */
  readonly masks: number
}

/** All that was gathered, and what was put there by hand, sorted by name. */
export const gatheredIn = async ({ images, heldOut }: Layout): Promise<Gathered> => ({
  training: await imagesBelow(images),
  heldOut: await imagesBelow(heldOut),
})

const imagesBelow = async (root: string): Promise<GatheredImage[]> => {
  const masks = new Map((await imagesIn(join(root, MASKS)))?.map((name) => [stemOf(name), name]))
  const found: GatheredImage[] = []
  for (const judgement of JUDGEMENTS)
    for (const name of (await imagesIn(join(root, judgement))) ?? []) {
      const mask = judgement === 'bad' ? masks.get(stemOf(name)) : undefined
      found.push({
        image: join(root, judgement, name),
        judgement,
        mask: mask === undefined ? null : join(root, MASKS, mask),
      })
    }
  return found
}

export const countsOf = (images: readonly GatheredImage[]): Counts => {
  const count = (isMeant: (image: GatheredImage) => boolean): number => images.filter(isMeant).length
  return {
    good: count(({ judgement }) => judgement === 'good'),
    bad: count(({ judgement }) => judgement === 'bad'),
    masks: count(({ mask }) => mask !== null),
  }
}
