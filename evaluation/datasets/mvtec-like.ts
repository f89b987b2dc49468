import { join } from 'node:path'
import { foldersIn, isDirectory } from './files.ts'
import { pairedSamples, plainSamples } from './pairs.ts'
import type { Findings, Reader, Sample } from './types.ts'

/**
 * MVTec AD's layout: `CATEGORY/test/TYPE/NAME.png` and `CATEGORY/ground_truth/TYPE/NAME_mask.png`. MPDD and
 * DTD-Synthetic have it too; BTAD's good images are `ok`, and its masks are named like the images. Categories of other names are taken as
 * they are, as many lay out their own images like this; those of the data set come first, in the order of the paper. None
 * of these is missed where there is not one of them.
 */
export const mvtecLike =
  (known: readonly string[], good = 'good'): Reader =>
  async (root, found) => {
    const there = (await foldersIn(root)) ?? []
    const names = known.filter((name) => there.includes(name))
    if (names.length > 0) for (const name of known.filter((each) => !there.includes(each))) found.lacks(name)
    for (const name of there)
      if (!known.includes(name) && (await isDirectory(join(root, name, 'test')))) names.push(name)
    const categories = []
    for (const name of names) {
      const samples = await samplesOf(join(root, name), good, found.of(name))
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
