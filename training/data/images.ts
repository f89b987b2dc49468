import type { Size } from '../../inspection/types.ts'

/** An image to train on. Whoever lists images says how they are read; a reader throws a coded error where an image cannot be used. */
export interface TrainingImage {
  /** Tells it from all others, also in a later run. */
  readonly name: string
  /** 1 = anomalous. */
  readonly label: 0 | 1
  /** As it stands in prompts that name classes. */
  readonly className: string
  /** Of a bad image: whether there is a mask of its defect. */
  readonly isDrawn: boolean
  /** Changes with whatever changes the pixels or the mask. */
  readonly fingerprint: () => Promise<string>
  /** @param maskSide of the mask that is wanted; null = none is */
  readonly read: (maskSide: number | null) => Promise<ReadImage>
}

export interface ReadImage extends Size {
  /** RGB, interleaved, row-major. */
  readonly data: Uint8Array
  /** [maskSide, maskSide], 1 = anomalous; null where none is wanted, or nobody has drawn the defect. */
  readonly mask: Uint8Array | null
}

/** Errors of an image after which the others may still be trained on. */
export const IMAGE_ERRORS = /^(DATASET_|IMAGE_|MASK_RLE$)/
