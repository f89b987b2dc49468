import { join, resolve } from 'node:path'
import { isListed, listText, withMask } from './listed.ts'
import type { Findings, Listed, Reader, Sample } from './types.ts'

/** One image, as the published scripts write it; every field is still to be looked at. */
type Entry = Readonly<Record<string, unknown>>

/** The reference's `meta.json`: `{test: {CLASS: [{img_path, mask_path, specie_name, anomaly}]}}`; DAGM's says `Test`. */
export const meta: Reader = async (root, found) => {
  const list = join(root, 'meta.json')
  const text = await listText(list, 'it was asked for', found)
  if (text === undefined) return []
  const test = testOf(text)
  if (!test) {
    found.damagedList(list, 'it is not JSON with classes under "test"')
    return []
  }
  const categories: Listed[] = []
  for (const [name, entries] of Object.entries(test)) {
    const samples = []
    for (const entry of Array.isArray(entries) ? (entries as unknown[]) : [entries])
      samples.push(...(await sampleOf(root, list, entry, found.of(name))))
    categories.push({ name, samples })
  }
  return categories
}

const testOf = (text: string): Entry | undefined => {
  try {
    const { test, Test } = JSON.parse(text) as Entry
    const classes = test ?? Test
    return isEntry(classes) ? classes : undefined
  } catch {
    return undefined
  }
}

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const sampleOf = async (root: string, list: string, entry: unknown, found: Findings): Promise<Sample[]> => {
  const { img_path, mask_path, specie_name, anomaly } = isEntry(entry) ? entry : {}
  if (typeof img_path !== 'string' || (anomaly !== 0 && anomaly !== 1)) {
    found.damagedList(list, `${JSON.stringify(entry)} has no img_path, or an anomaly that is neither 0 nor 1`)
    return []
  }
  const image = resolve(root, img_path)
  if (!(await isListed(image, list, found))) return []
  const type = typeof specie_name === 'string' && specie_name !== '' ? specie_name : ['good', 'bad'][anomaly]
  const sample: Sample = { image, label: anomaly, type }
  if (anomaly === 0 || typeof mask_path !== 'string' || mask_path === '') return [sample]
  return [await withMask(sample, resolve(root, mask_path), found)]
}
