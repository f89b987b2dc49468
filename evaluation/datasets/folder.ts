import { basename, join, resolve } from 'node:path'
import { codedError } from '../../errors/index.ts'
import { imagesIn, imagesInIfThere, masksIn, stemOf } from './files.ts'
import type { DataSet, Problem, Sample } from './types.ts'

/**
 * Somebody's own images: `good/`, `bad/` and, where there are masks, `masks/` with the base names of the bad images. One category, named
 * after the root.
 * @throws EVALUATION_DATASET
 */
export const readFolder = async (root: string): Promise<DataSet> => {
  const problems: Problem[] = []
  const samplesIn = async (kind: 'good' | 'bad', label: 0 | 1): Promise<Sample[]> => {
    const { images, others } = await imagesIn(join(root, kind))
    for (const name of others) problems.push({ file: `${kind}/${name}`, found: 'is no image' })
    return images.map((name) => ({
      name: `${kind}/${name}`,
      image: join(root, kind, name),
      label,
      mask: label === 1 ? (masks.get(stemOf(name)) ?? null) : null,
    }))
  }
  const masks = await masksIn(join(root, 'masks'))
  const good = await samplesIn('good', 0)
  const bad = await samplesIn('bad', 1)
  if (good.length + bad.length === 0)
    throw codedError(
      'EVALUATION_DATASET',
      `${root} has no images in good/ and bad/. Put the good parts into good/, the others into bad/.`,
    )

  const hasMasks = (await imagesInIfThere(join(root, 'masks'))).length > 0
  if (hasMasks)
    for (const { name, mask } of bad) if (mask === null) problems.push({ file: name, found: 'has no mask' })
  const wanted = new Set(bad.map(({ image }) => stemOf(basename(image))))
  for (const [stem, file] of masks)
    if (!wanted.has(stem))
      problems.push({ file: `masks/${basename(file)}`, found: 'is the mask of no image' })
  return {
    categories: [{ name: basename(resolve(root)), samples: [...good, ...bad] }],
    hasMasks,
    problems,
  }
}
