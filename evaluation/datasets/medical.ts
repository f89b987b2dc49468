import { join } from 'node:path'
import { csvRecords } from './csv-table.ts'
import { firstFolder } from './files.ts'
import { isListed, listText } from './listed.ts'
import { pairedSamples, plainSamples } from './pairs.ts'
import type { Reader, Sample } from './types.ts'

/** One class; good images in one folder, bad ones in another, each under any of its names. No masks. */
export const goodAndBad =
  (name: string, good: readonly string[], bad: readonly string[]): Reader =>
  async (root, found) => {
    const folder = async (names: readonly string[]) =>
      (await firstFolder(names.map((path) => join(root, path)))) ?? join(root, names[0])
    const samples = [
      ...(await plainSamples(await folder(good), 0, 'good', found)),
      ...(await plainSamples(await folder(bad), 1, 'bad', found)),
    ]
    return [{ name, samples }]
  }

/** One class without good images: each image has its mask in a second folder. */
export const imagesAndMasks =
  (name: string, layouts: readonly (readonly [images: string, masks: string])[], suffixes = ['']): Reader =>
  async (root, found) => {
    const images = await firstFolder(layouts.map(([folder]) => join(root, folder)))
    const [inside, masks] = layouts.find(([folder]) => join(root, folder) === images) ?? layouts[0]
    const folders = { images: join(root, inside), masks: join(root, masks), suffixes, type: name }
    return [{ name, samples: await pairedSamples(folders, found) }]
  }

/** Head CT (hemorrhage): `head_ct/head_ct/000.png` to `199.png`; `labels.csv` says `id, hemorrhage`. */
export const headct: Reader = async (root, found) => {
  const list = join(root, 'labels.csv')
  const text = await listText(list, 'it says which images are bad', found)
  if (text === undefined) return []
  const candidates = ['head_ct/head_ct', 'head_ct'].map((path) => join(root, path))
  const folder = (await firstFolder(candidates)) ?? root
  const samples: Sample[] = []
  for (const { id, hemorrhage } of csvRecords(text)) {
    const image = join(folder, `${(id ?? '').padStart(3, '0')}.png`)
    if (hemorrhage !== '0' && hemorrhage !== '1')
      found.damagedList(list, `image "${id}" has the label "${hemorrhage}", expected 0 or 1; it was left out`)
    else if (await isListed(image, list, found))
      samples.push(
        hemorrhage === '1' ? { image, label: 1, type: 'hemorrhage' } : { image, label: 0, type: 'good' },
      )
  }
  return [{ name: 'brain', samples }]
}
