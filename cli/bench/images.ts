import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEFAULT_LIMITS, decodeImage } from '../../engine/image/index.ts'
import type { ImageInput } from '../../engine/index.ts'
import { inputOf, readSample } from '../../evaluation/datasets/index.ts'
import { DRAWN_IMAGES } from '../../models/test-images.ts'
import type { DATASET_OPTIONS, GivenDataset } from '../dataset.ts'
import { givenDataset } from '../dataset.ts'
import { expandInputs, readImage, type Unreadable, unreadable } from '../detect/inputs.ts'
import type { Chosen } from '../evaluate/models.ts'
import { usageError, type Values } from '../options.ts'
import { spread } from '../spread.ts'

/** An image to measure with. */
export interface BenchImage {
  readonly name: string
  readonly input: ImageInput
  /** 1 = anomalous; null where nobody says. */
  readonly label: 0 | 1 | null
}

export interface BenchImages {
  /** Whose times are measured. */
  readonly timed: readonly BenchImage[]
  /** That models are compared on: the same where the user gave some, and drawn ones otherwise. */
  readonly compared: readonly BenchImage[]
  readonly areDrawn: boolean
  /** Were given, and cannot be inspected. */
  readonly unreadable: readonly Unreadable[]
}

/** Held in memory while all is measured. */
const MOST_IMAGES = 32

type Given = Values<typeof DATASET_OPTIONS> & { readonly images?: string; readonly class?: string }

/**
 * The images that were given, at most so many of them, spread over all; without any the self-test's of the first model, which is enough to
 * measure times, and drawn surfaces to compare several models on.
 * @throws CLI_USAGE, CLI_FILE_UNREADABLE, DATASET_…; IMAGE_… where no image is left
 */
export const benchImages = async (
  given: Given,
  models: readonly Chosen[],
  path: (given: string) => string,
): Promise<BenchImages> => {
  const most = given.limit ?? MOST_IMAGES
  if (given.images !== undefined && given.dataset !== undefined)
    throw usageError('--images and --dataset were both given; expected one of them.')
  if (given.dataset !== undefined || given.root !== undefined)
    return own(await fromDataset(await givenDataset(given, path), most))
  if (given.images !== undefined) return own(await fromFiles(given.images, most, path))
  const [first] = models
  const { image } = first!.manifest.selfTest
  const input: ImageInput = { kind: 'encoded', data: await readFile(join(first!.folder, image)) }
  const compared = models.length === 1 ? [] : await drawnFor(models)
  return { timed: [{ name: image, input, label: null }], compared, areDrawn: true, unreadable: [] }
}

/** Without those that cannot be inspected: an hour of measuring is not to end on one of them. */
const own = async (read: readonly (BenchImage | Unreadable)[]): Promise<BenchImages> => {
  const images: BenchImage[] = []
  const refused: Unreadable[] = []
  for (const image of read)
    if ('error' in image) refused.push(image)
    else
      await decodeImage(image.input, DEFAULT_LIMITS).then(
        () => images.push(image),
        (error: Error) => refused.push({ file: image.name, error }),
      )
  if (images.length === 0 && refused.length > 0) throw refused[0]!.error
  return { timed: images, compared: images, areDrawn: false, unreadable: refused }
}

/** At the largest side that a model takes, as a camera gives all of them the same. */
const drawnFor = (models: readonly Chosen[]): Promise<BenchImage[]> => {
  const side = Math.max(...models.map(({ manifest }) => manifest.imageSize))
  return Promise.all(
    DRAWN_IMAGES.map(async ({ name, pixels }) => ({
      name,
      input: { kind: 'raw', data: await pixels(side), width: side, height: side, channels: 3 },
      label: null,
    })),
  )
}

const fromFiles = async (
  given: string,
  most: number,
  path: (given: string) => string,
): Promise<(BenchImage | Unreadable)[]> =>
  Promise.all(
    spread(await expandInputs([given], path), most).map(async (input) => {
      if ('error' in input) return input
      const { file } = input
      return readImage(input.path, DEFAULT_LIMITS.maxBytes, 'a smaller image is measured as well').then(
        (data) => ({ name: file, input: { kind: 'encoded', data }, label: null }),
        (error: unknown) => ({ file, error: unreadable(input.path, error) }),
      )
    }),
  )

const fromDataset = async (
  { categories }: GivenDataset,
  most: number,
): Promise<(BenchImage | Unreadable)[]> => {
  const samples = categories.flatMap((category) => category.samples)
  const images: (BenchImage | Unreadable)[] = []
  for (const sample of spread(samples, most))
    images.push(
      await readSample(sample)
        .then((file) => inputOf(sample, file))
        .then(
          ({ input }) => ({ name: sample.image, input, label: sample.label }),
          (error: Error) => ({ file: sample.image, error }),
        ),
    )
  return images
}
