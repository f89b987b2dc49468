import type { EpochLosses, Losses } from './results/losses.ts'

/** How far a training is. */
export type TrainingProgress =
  /** All images are read, to see whether their features are known. */
  | { readonly kind: 'images' }
  /** Before the first image, when the vision tower may have to be loaded, and after each whose features are there. */
  | {
      readonly kind: 'features'
      /** Of images as they are, or of mirrored ones. */
      readonly isMirrored: boolean
      readonly done: number
      readonly total: number
      /** Whether an earlier run had computed them. */
      readonly isKnown: boolean
    }
  /** Before the first epoch. */
  | { readonly kind: 'start'; readonly start: TrainingStart }
  /** After each batch, with the means so far. */
  | {
      readonly kind: 'batch'
      readonly epoch: number
      readonly epochs: number
      readonly isValidation: boolean
      readonly done: number
      readonly total: number
      readonly losses: Losses
    }
  /** After each epoch, which is on the disk. */
  | { readonly kind: 'epoch'; readonly losses: EpochLosses; readonly epochs: number }

/** What is known once all images have been read. */
export interface TrainingStart {
  /** Epochs that are done already. */
  readonly epochs: number
  /** Images that are trained on, and that are kept back. */
  readonly training: number
  readonly validation: number
  /** Whether maps are in the loss: the method looks at them, and some bad image has a mask. */
  readonly withMaps: boolean
}

export type OnProgress = (progress: TrainingProgress) => void
