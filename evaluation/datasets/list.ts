import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { codedError, shown } from '../../errors/index.ts'
import { newFindings } from './findings.ts'
import { meta } from './meta.ts'
import { DATASET_NAMES, type DatasetName, READERS } from './readers.ts'
import type { Dataset, DatasetOptions, Reader } from './types.ts'

const isDatasetName = (name: string): name is DatasetName => Object.hasOwn(READERS, name)

/** Those without owners. */
const OF_ONES_OWN: Partial<Record<DatasetName, string>> = {
  folder: 'a folder with images in good/ and bad/',
  csv: 'a CSV file with the columns image and label, or a folder with one',
  coco: "a JSON file of COCO's form, or a folder with one",
}

const layoutOf = (name: DatasetName, isMeta = false): string => {
  if (isMeta) return 'a folder with the meta.json of the published code and what it names'
  return OF_ONES_OWN[name] ?? `the folder of the data set ${name} as its owners lay it out`
}

/**
 * Lists a data set's test images. What is wrong with it is among `problems`; sizes and damage show when a sample is loaded.
 * @throws DATASET_UNKNOWN of a name nobody knows; DATASET_ROOT where there is not one image
 */
export const listDataset = async (name: string, options: DatasetOptions): Promise<Dataset> => {
  if (!isDatasetName(name))
    throw codedError(
      'DATASET_UNKNOWN',
      `there is no data set ${shown(name)}, expected one of ${DATASET_NAMES.join(', ')}.`,
    )
  const root = resolve(options.root)
  if (!(await stat(root).catch(() => undefined)))
    throw codedError('DATASET_ROOT', `${root} does not exist, expected ${layoutOf(name, options.meta)}.`)
  const found = newFindings()
  const reader: Reader = options.meta ? meta : READERS[name]
  const listed = (await reader(root, found, options)).filter(({ samples }) => samples.length > 0)
  if (listed.length === 0)
    throw codedError(
      'DATASET_ROOT',
      `${root} holds no image to inspect, expected ${layoutOf(name, options.meta)}.` +
        (found.problems[0] ? ` The first thing that was found wrong: ${found.problems[0].message}` : ''),
    )
  const { categories: wanted } = options
  const unknown = wanted?.find((category) => listed.every((each) => each.name !== category))
  if (unknown !== undefined)
    throw codedError(
      'DATASET_UNKNOWN',
      `${root} has no category ${shown(unknown)}, expected one of ${listed.map((each) => each.name).join(', ')}.`,
    )
  const categories = listed
    .filter(({ name: category }) => wanted?.includes(category) ?? true)
    .map(({ name: category, className, samples }) => ({
      name: category,
      className: options.className ?? (className === undefined ? category : className),
      samples,
    }))
  return {
    categories,
    problems: found.problems.filter(
      ({ category }) => category === undefined || (wanted?.includes(category) ?? true),
    ),
    absent: wanted === undefined ? found.absent : [],
  }
}
