import type { OnProgress } from '../progress.ts'
import { checkImages } from '../results/compare.ts'
import type { TrainingState } from '../results/state.ts'
import type { TrainingSettings } from '../settings.ts'
import type { FeatureSource } from './feature-source.ts'
import type { TrainingImage } from './images.ts'
import { orderOf, type SeenImage } from './order.ts'
import { type FailedImage, fingerprints, type PreparedImage, prepareFeatures } from './prepare.ts'
import { type Parts, splitImages } from './split.ts'

export interface PreparePartsOptions {
  readonly source: FeatureSource
  readonly cacheFolder: string
  /** Where a training stands that is to go on. */
  readonly before: TrainingState | null
  readonly epochs: number
  readonly signal: AbortSignal
  readonly onProgress: OnProgress
}

/** By name, what tells whether an image is another one. */
export const imageFacts = ({ training, validation }: Parts<PreparedImage>): TrainingState['images'] =>
  Object.fromEntries(
    [...training, ...validation].map(({ image, fingerprint }) => [
      image.name,
      [image.label, image.className, fingerprint].join(' '),
    ]),
  )

/**
 * Reads all images, puts the features of all that the epochs will see into the cache, and tells training and validation apart.
 * @throws TRAINING_IMAGES, TRAINING_RESUME, TRAINING_OUTPUT
 */
export const prepareParts = async (
  images: readonly TrainingImage[],
  settings: TrainingSettings,
  { source, cacheFolder, before, epochs, signal, onProgress }: PreparePartsOptions,
): Promise<{ readonly parts: Parts<PreparedImage>; readonly failed: readonly FailedImage[] }> => {
  onProgress({ kind: 'images' })
  const { readable, failed } = await fingerprints(images, signal)
  const bring = (wanted: readonly SeenImage[], isMirrored: boolean) =>
    prepareFeatures(wanted, source, {
      cacheFolder,
      signal,
      onPrepared: (step) => onProgress({ kind: 'features', isMirrored, ...step }),
    })
  const unusable = await bring(
    readable.map((each) => ({ ...each, view: 'as-is' })),
    false,
  )
  const names = new Set(unusable.map(({ name }) => name))
  const parts = splitImages(
    readable.filter(({ image }) => !names.has(image.name)),
    settings,
  )
  if (before !== null) checkImages(before, imageFacts(parts))
  if (settings.augment) {
    const seen = Array.from({ length: epochs }, (_, i) => orderOf(parts.training, i + 1, settings)).flat()
    const mirrored = new Map(
      seen
        .filter(({ view }) => view !== 'as-is')
        .map((each) => [source.keyOf(each.image, each.fingerprint, each.view), each]),
    )
    await bring([...mirrored.values()], true)
  }
  await source.release()
  return { parts, failed: [...failed, ...unusable] }
}
