import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DAGM } from './class-names.ts'
import { foldersIn, isDirectory, stemOf } from './files.ts'
import { byStem } from './pairs.ts'
import type { Findings, Reader, Sample } from './types.ts'
import { onlyImagesIn } from './unread.ts'

/** DAGM 2007: `ClassN/Test/0001.PNG`, and for each bad image `ClassN/Test/Label/0001_label.PNG`. */
export const dagm: Reader = async (root, found) => {
  for (const name of (await foldersIn(root)) ?? [])
    if (!DAGM.includes(name) && (await isDirectory(join(root, name, 'Test'))))
      found.of(name).unknownClass(join(root, name), name, DAGM)
  const categories = []
  for (const name of DAGM) {
    if (!(await isDirectory(join(root, name)))) {
      found.lacks(name)
      continue
    }
    const samples = await samplesOf(join(root, name, 'Test'), found.of(name))
    if (samples) categories.push({ name, samples })
  }
  return categories
}

const samplesOf = async (folder: string, found: Findings): Promise<Sample[] | undefined> => {
  const images = await onlyImagesIn(folder, found, ['Label'])
  if (!images) {
    found.missing(folder, 'the test images of a class of this data set')
    return undefined
  }
  const labels = join(folder, 'Label')
  const drawn = await onlyImagesIn(labels, found)
  if (!drawn) {
    // Without them nothing says which images are bad.
    found.missing(labels, 'its files say which images are bad; the class was left out')
    return undefined
  }
  const maskOf = byStem(labels, drawn, (name) => stemOf(name).replace(/_label$/i, ''), found)
  const stems = new Set(images.map(stemOf))
  for (const [stem, mask] of maskOf)
    if (!stems.has(stem)) found.missing(join(folder, `${stem}.PNG`), `the image of ${join(labels, mask)}`)
  const listed = await listedLabels(join(labels, 'Labels.txt'))
  const lost = new Set(listed.filter((stem) => !maskOf.has(stem)))
  for (const stem of lost) found.missing(join(labels, `${stem}_label.PNG`), 'Labels.txt beside it names it')
  return images.map((name): Sample => {
    const image = join(folder, name)
    const mask = maskOf.get(stemOf(name))
    if (mask !== undefined)
      return { image, label: 1, type: 'defect', mask: { kind: 'file', path: join(labels, mask) } }
    return lost.has(stemOf(name)) ? { image, label: 1, type: 'defect' } : { image, label: 0, type: 'good' }
  })
}

/** Base names of the images to which the owners' list, where it is there, gives a mask. */
const listedLabels = async (list: string): Promise<string[]> => {
  const text = await readFile(list, 'utf8').catch(() => '')
  return [...text.matchAll(/(\d+)_label\.png/gi)].map(([, stem]) => stem)
}
