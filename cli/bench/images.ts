import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageInput } from '../../engine/index.ts'
import { inputOf, readSample } from '../../evaluation/datasets/index.ts'
import type { DATASET_OPTIONS, GivenDataset } from '../dataset.ts'
import { givenDataset } from '../dataset.ts'
import { expandInputs } from '../detect/inputs.ts'
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

/** Held in memory while all is measured. */
const MOST_IMAGES = 32

type Given = Values<typeof DATASET_OPTIONS> & { readonly images?: string; readonly class?: string }

/**
 * The images that were given, at most so many of them, spread over all; without any the self-test's of the first model, which is enough to
 * measure times.
 * @throws CLI_USAGE, CLI_FILE_UNREADABLE, DATASET_…
 */
export const benchImages = async (
  given: Given,
  [first]: readonly Chosen[],
  path: (given: string) => string,
): Promise<BenchImage[]> => {
  const most = given.limit ?? MOST_IMAGES
  if (given.images !== undefined && given.dataset !== undefined)
    throw usageError('--images and --dataset were both given; expected one of them.')
  if (given.dataset !== undefined || given.root !== undefined)
    return fromDataset(await givenDataset(given, path), most)
  if (given.images !== undefined) {
    const inputs = await expandInputs([given.images], path)
    return Promise.all(
      spread(inputs, most).map(async (input) => {
        if ('error' in input) throw input.error
        return { name: input.file, input: await encoded(input.path), label: null }
      }),
    )
  }
  const { image } = first!.manifest.selfTest
  return [{ name: image, input: await encoded(join(first!.folder, image)), label: null }]
}

const encoded = async (file: string): Promise<ImageInput> => ({ kind: 'encoded', data: await readFile(file) })

const fromDataset = async ({ categories }: GivenDataset, most: number): Promise<BenchImage[]> => {
  const samples = categories.flatMap((category) => category.samples)
  const images: BenchImage[] = []
  for (const sample of spread(samples, most)) {
    const { input } = await inputOf(sample, await readSample(sample))
    images.push({ name: sample.image, input, label: sample.label })
  }
  return images
}
