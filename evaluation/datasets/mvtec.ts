import { basename, join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import { foldersIn, imagesIn, masksIn, stemOf } from './files.ts'
import type { Category, DataSet, Problem, Sample } from './types.ts'

const GOOD = 'good'
/** Behind the name of the image: `000_mask.png`. */
const SUFFIX = '_mask'

/**
 * MVTec AD as its owners distribute it, and what others have laid out like it (MPDD, DTD-Synthetic):
 * `CATEGORY/test/good/000.png`, `CATEGORY/test/DEFECT/000.png` with `CATEGORY/ground_truth/DEFECT/000_mask.png`. `train/` is not looked at.
 * @throws EVALUATION_DATASET
 */
export const readMvtec = async (root: string): Promise<DataSet> => {
  const problems: Problem[] = []
  const categories: Category[] = []
  for (const name of await foldersIn(root)) {
    if (!(await foldersIn(join(root, name))).includes('test')) {
      problems.push({ file: name, found: 'has no folder test' })
      continue
    }
    const samples: Sample[] = []
    for (const kind of await foldersIn(join(root, name, 'test')))
      samples.push(...(await readKind({ root, category: name, kind, problems })))
    categories.push({ name, samples })
  }
  if (categories.length === 0)
    throw codedError(
      'EVALUATION_DATASET',
      `${root} has no folder with a folder test in it; expected CATEGORY/test/good and CATEGORY/test/DEFECT. ` +
        'Give the folder in which the categories are.',
    )
  return { categories, hasMasks: true, problems }
}

interface Kind {
  readonly root: string
  readonly category: string
  /** `good`, or of a defect. */
  readonly kind: string
  readonly problems: Problem[]
}

const readKind = async ({ root, category, kind, problems }: Kind): Promise<Sample[]> => {
  const below = (...parts: string[]): string => [category, ...parts].join('/')
  const { images, others } = await imagesIn(join(root, category, 'test', kind))
  for (const name of others) problems.push({ file: below('test', kind, name), found: 'is no image' })
  if (kind === GOOD)
    return images.map((name) => ({
      name: below('test', kind, name),
      image: join(root, category, 'test', kind, name),
      label: 0,
      mask: null,
    }))

  const masks = await masksIn(join(root, category, 'ground_truth', kind), SUFFIX)
  const stems = new Set(images.map(stemOf))
  for (const [stem, file] of masks)
    if (!stems.has(stem))
      problems.push({ file: below('ground_truth', kind, basename(file)), found: 'is the mask of no image' })
  return images.map((name) => {
    const mask = masks.get(stemOf(name)) ?? null
    if (mask === null) problems.push({ file: below('test', kind, name), found: 'has no mask' })
    return {
      name: below('test', kind, name),
      image: join(root, category, 'test', kind, name),
      label: 1,
      mask,
    }
  })
}
