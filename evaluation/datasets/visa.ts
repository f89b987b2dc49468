import { join } from 'node:path'
import { VISA } from './class-names.ts'
import { csvRecords } from './csv-table.ts'
import { isListed, listText, withMask } from './listed.ts'
import type { Findings, Reader, Sample } from './types.ts'

/** VisA: `split_csv/1cls.csv` has a row `object,split,label,image,mask` for each image, paths from the root. */
export const visa: Reader = async (root, found) => {
  const list = join(root, 'split_csv', '1cls.csv')
  const text = await listText(list, 'it says which images are for testing', found)
  if (text === undefined) return []
  const rows = csvRecords(text)
  const samples = new Map<string, Sample[]>(VISA.map((name) => [name, []]))
  const unknown = new Set(rows.map(({ object }) => object).filter((name) => !samples.has(name)))
  for (const name of unknown) found.of(name).unknownClass(list, name, VISA)
  for (const row of rows) {
    if (row.split !== 'test') continue
    const sample = await sampleOf(root, list, row, found.of(row.object))
    if (sample) samples.get(row.object)?.push(sample)
  }
  for (const [name, listed] of samples) if (listed.length === 0) found.lacks(name)
  return [...samples].filter(([, listed]) => listed.length > 0).map(([name, samples]) => ({ name, samples }))
}

const sampleOf = async (
  root: string,
  list: string,
  row: Readonly<Record<string, string>>,
  found: Findings,
): Promise<Sample | undefined> => {
  const { label, image, mask } = row
  if (label !== 'normal' && label !== 'anomaly') {
    found.damagedList(list, `${image} has the label "${label}", expected normal or anomaly; it was left out`)
    return undefined
  }
  const path = join(root, image)
  if (!(await isListed(path, list, found))) return undefined
  if (label === 'normal') return { image: path, label: 0, type: 'good' }
  return withMask({ image: path, label: 1, type: 'anomaly' }, join(root, mask), found)
}
