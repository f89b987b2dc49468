import { join } from 'node:path'
import { DAGM } from './class-names.ts'
import { foldersIn, imagesIn, isDirectory, stemOf } from './files.ts'
import type { Findings, Reader, Sample } from './types.ts'

/** DAGM 2007: `ClassN/Test/0001.PNG`, and for each bad image `ClassN/Test/Label/0001_label.PNG`. */
export const dagm: Reader = async (root, found) => {
  for (const name of (await foldersIn(root)) ?? [])
    if (!DAGM.includes(name) && (await isDirectory(join(root, name, 'Test'))))
      found.unknownClass(join(root, name), name, DAGM)
  const categories = []
  for (const name of DAGM) {
    const samples = await samplesOf(join(root, name, 'Test'), found)
    if (samples) categories.push({ name, samples })
  }
  return categories
}

const samplesOf = async (folder: string, found: Findings): Promise<Sample[] | undefined> => {
  const images = await imagesIn(folder)
  if (!images) {
    found.missing(folder, 'the test images of a class of this data set')
    return undefined
  }
  const labels = join(folder, 'Label')
  const drawn = await imagesIn(labels)
  if (!drawn) {
    // Without them nothing says which images are bad.
    found.missing(labels, 'its files say which images are bad; the class was left out')
    return undefined
  }
  const maskOf = new Map(drawn.map((name) => [stemOf(name).replace(/_label$/i, ''), join(labels, name)]))
  const stems = new Set(images.map(stemOf))
  for (const [stem, mask] of maskOf)
    if (!stems.has(stem)) found.missing(join(folder, `${stem}.PNG`), `the image of ${mask}`)
  return images.map((name): Sample => {
    const image = join(folder, name)
    const path = maskOf.get(stemOf(name))
    return path === undefined
      ? { image, label: 0, type: 'good' }
      : { image, label: 1, type: 'defect', mask: { kind: 'file', path } }
  })
}
