import { join } from 'node:path'
import { foldersIn, isDirectory } from './files.ts'
import { pairedSamples, plainSamples } from './pairs.ts'
import type { Findings, Reader, Sample } from './types.ts'

/**
 * MVTec AD's layout: `CATEGORY/test/TYPE/NAME.png` and `CATEGORY/ground_truth/TYPE/NAME_mask.png`. MPDD and
 * DTD-Synthetic have it too; BTAD's good images are `ok`, and its masks are named like the images.
 */
export const mvtecLike =
  (known: readonly string[], good = 'good'): Reader =>
  async (root, found) => {
    for (const name of (await foldersIn(root)) ?? [])
      if (!known.includes(name) && (await isDirectory(join(root, name, 'test'))))
        found.unknownClass(join(root, name), name, known)
    const categories = []
    for (const name of known) {
      const samples = await samplesOf(join(root, name), good, found)
      if (samples) categories.push({ name, samples })
    }
    return categories
  }

const samplesOf = async (folder: string, good: string, found: Findings): Promise<Sample[] | undefined> => {
  const test = join(folder, 'test')
  const types = await foldersIn(test)
  if (!types) {
    found.missing(test, 'the test images of a class of this data set')
    return undefined
  }
  if (!types.includes(good)) found.missing(join(test, good), 'it should hold the good images')
  const samples = []
  for (const type of types)
    samples.push(
      ...(type === good
        ? await plainSamples(join(test, type), 0, 'good', found)
        : await pairedSamples(
            {
              images: join(test, type),
              masks: join(folder, 'ground_truth', type),
              suffixes: ['_mask', ''],
              type,
            },
            found,
          )),
    )
  return samples
}
