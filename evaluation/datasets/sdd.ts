import { join } from 'node:path'
import { cutBand } from './band.ts'
import { foldersIn, stemOf } from './files.ts'
import { readMask } from './mask.ts'
import { byStem } from './pairs.ts'
import type { Band, Findings, Reader, Sample } from './types.ts'
import { onlyImagesIn } from './unread.ts'

/** The same items a second time: kos01 ≡ kos26, kos27 ≡ kos34. The first of each is kept. */
const DUPLICATES = new Set(['kos26', 'kos34'])

const WHOLE = [undefined]
const THIRDS: readonly Band[] = [0, 1, 2].map((index) => ({ index, of: 3 }))

/**
 * KolektorSDD: `kosNN/PartM.jpg` with `PartM_label.bmp`, black where nothing is wrong. An image of 500 × 1,240 or more is
 * inspected whole, or in three thirds from top to bottom as in the paper; a third is bad where its part of the label is.
 */
export const sdd: Reader = async (root, found, { thirds }) => {
  const samples: Sample[] = []
  const items = ((await foldersIn(root)) ?? []).filter((name) => /^kos\d+$/.test(name))
  if (items.length === 0) found.missing(join(root, 'kos01'), 'the data set has one folder for each item')
  for (const item of items.filter((name) => !DUPLICATES.has(name)))
    samples.push(...(await samplesOf(join(root, item), thirds ? THIRDS : WHOLE, found)))
  return [{ name: 'electrical commutators', samples }]
}

const samplesOf = async (
  folder: string,
  bands: readonly (Band | undefined)[],
  found: Findings,
): Promise<Sample[]> => {
  const names = (await onlyImagesIn(folder, found)) ?? []
  const isLabel = (name: string) => stemOf(name).endsWith('_label')
  const labelOf = byStem(
    folder,
    names.filter(isLabel),
    (name) => stemOf(name).slice(0, -'_label'.length),
    found,
  )
  const samples: Sample[] = []
  for (const name of names.filter((file) => !isLabel(file))) {
    const image = join(folder, name)
    const label = labelOf.get(stemOf(name))
    labelOf.delete(stemOf(name))
    if (label === undefined)
      found.missing(
        join(folder, `${stemOf(name)}_label.bmp`),
        `without it nothing says whether ${image} is good`,
      )
    else samples.push(...(await labelled(image, join(folder, label), bands, found)))
  }
  for (const [stem, label] of labelOf) found.missing(join(folder, `${stem}.jpg`), `the image of ${label}`)
  return samples
}

const labelled = async (
  image: string,
  path: string,
  bands: readonly (Band | undefined)[],
  found: Findings,
): Promise<Sample[]> => {
  try {
    const drawn = await readMask({ kind: 'file', path })
    return bands.map((crop): Sample => {
      const label = cutBand(drawn, crop).data.includes(1) ? 1 : 0
      return {
        image,
        label,
        type: label ? 'defect' : 'good',
        mask: { kind: 'file', path },
        ...(crop && { crop }),
      }
    })
  } catch (error) {
    found.thrown(path, error)
    return []
  }
}
