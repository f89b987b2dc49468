import { statfs } from 'node:fs/promises'
import { mapInOrder } from '../../engine/in-order.ts'
import { codedError, isCodedError, messageOf } from '../../errors/index.ts'
import type { FeatureSource } from './feature-source.ts'
import { IMAGE_ERRORS, type TrainingImage } from './images.ts'
import type { View } from './views.ts'

/** An image that can be trained on: all of it could be read. */
export interface PreparedImage {
  readonly image: TrainingImage
  readonly fingerprint: string
}

export interface FailedImage {
  readonly name: string
  readonly reason: string
}

/** At the beginning, when the vision tower may have to be loaded, and after each image. */
export type OnPrepared = (step: {
  readonly done: number
  readonly total: number
  /** Whether an earlier run had its features. */
  readonly isKnown: boolean
}) => void

/** Images are read and decoded while the vision tower works on another one. */
const AHEAD = 3

/** Of every image what tells whether it has changed; those that cannot be read are among the failed. */
export const fingerprints = async (
  images: readonly TrainingImage[],
  signal: AbortSignal,
): Promise<{ readonly readable: PreparedImage[]; readonly failed: FailedImage[] }> => {
  const readable: PreparedImage[] = []
  const failed: FailedImage[] = []
  const look = (image: TrainingImage) =>
    image.fingerprint().then(
      (fingerprint) => ({ image, fingerprint }),
      (thrown: unknown) => ({ image, thrown }),
    )
  for await (const looked of mapInOrder(images, AHEAD, look)) {
    signal.throwIfAborted()
    if ('thrown' in looked) failed.push(failedImage(looked.image, looked.thrown))
    else readable.push(looked)
  }
  return { readable, failed }
}

/**
 * Brings the features of images, each in a view, into the cache: the only time that they are computed.
 * @returns those whose features could not be computed
 * @throws TRAINING_OUTPUT, before anything is computed where the disk has no room for all of them
 */
export const prepareFeatures = async (
  wanted: readonly (PreparedImage & { readonly view: View })[],
  source: FeatureSource,
  {
    cacheFolder,
    signal,
    onPrepared,
  }: { readonly cacheFolder: string; readonly signal: AbortSignal; readonly onPrepared: OnPrepared },
): Promise<FailedImage[]> => {
  const failed: FailedImage[] = []
  const keyed = wanted.map((each) => ({
    ...each,
    key: source.keyOf(each.image, each.fingerprint, each.view),
  }))
  await checkRoom(keyed.filter(({ key }) => !source.isKnown(key)).length * source.bytes, cacheFolder)
  const underWay = new Set<Promise<unknown>>()
  const prepare = ({ image, key, view }: (typeof keyed)[number]) => {
    const isKnown = source.isKnown(key)
    const work = source.get(image, key, view).then(
      () => ({ image, isKnown, thrown: null }),
      (thrown: unknown) => ({ image, isKnown, thrown }),
    )
    underWay.add(work)
    void work.then(() => underWay.delete(work))
    return work
  }
  let done = 0
  onPrepared({ done, total: keyed.length, isKnown: true })
  try {
    for await (const { image, isKnown, thrown } of mapInOrder(keyed, AHEAD, prepare)) {
      signal.throwIfAborted()
      if (thrown !== null) failed.push(failedImage(image, thrown))
      onPrepared({ done: ++done, total: keyed.length, isKnown })
    }
    return failed
  } finally {
    // Whoever lets the vision tower go now must not have it loaded again by an image under way.
    await Promise.all(underWay)
  }
}

/** @throws what was thrown, where the next image would fare no better */
const failedImage = ({ name }: TrainingImage, thrown: unknown): FailedImage => {
  if (isCodedError(thrown) && IMAGE_ERRORS.test(thrown.code)) return { name, reason: messageOf(thrown) }
  throw thrown
}

const checkRoom = async (bytes: number, folder: string): Promise<void> => {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (bytes > free)
    throw codedError(
      'TRAINING_OUTPUT',
      `the features that are still to be computed need ${gigabytes(bytes)} in ${folder}, which has room for ${gigabytes(free)}. ` +
        'Make room, keep them on another disk (--cache), or take fewer images, taps or a smaller image size.',
    )
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
