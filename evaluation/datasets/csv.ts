import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { csvRecords } from './csv-table.ts'
import { isListed, withMask } from './listed.ts'
import { onlyFile } from './only-file.ts'
import type { Reader, Sample } from './types.ts'

const LABELS: Readonly<Record<string, 0 | 1>> = {
  ...{ 0: 0, good: 0, ok: 0, normal: 0, pass: 0, passed: 0, false: 0 },
  ...{ 1: 1, bad: 1, nok: 1, ko: 1, anomaly: 1, anomalous: 1, abnormal: 1, defect: 1, defective: 1 },
  ...{ fail: 1, failed: 1, true: 1 },
}

/** undefined of a word that says neither; "positive" is a defect to some and a good part to others. */
const labelOf = (word: string): 0 | 1 | undefined => {
  const name = word.toLowerCase()
  return Object.hasOwn(LABELS, name) ? LABELS[name] : undefined
}

/**
 * A CSV file, or a folder with one: columns `image` and `label`, and if wanted `mask`, `category`, `class`, `type` and
 * `split` (of which `test` is taken); paths from the file's own folder.
 */
export const csv: Reader = async (root, found) => {
  const list = await onlyFile(root, '.csv', found)
  if (list === undefined) return []
  const records = csvRecords(await readFile(list, 'utf8'))
  if (records.length === 0 || !('image' in records[0]) || !('label' in records[0])) {
    found.damagedList(list, 'it has no rows under a first line that names the columns image and label')
    return []
  }
  const categories = new Map<string, Rows>()
  for (const row of records) {
    if (row.split && row.split.toLowerCase() !== 'test') continue
    const name = row.category || basename(list, '.csv')
    const own = found.of(name)
    const label = labelOf(row.label)
    const image = resolve(dirname(list), row.image)
    if (label === undefined) {
      own.unknownClass(list, row.label, Object.keys(LABELS))
      continue
    }
    if (!(await isListed(image, list, own))) continue
    const category: Rows = categories.get(name) ?? {
      name,
      className: null,
      samples: [],
      strangers: new Set(),
    }
    categories.set(name, category)
    // A row without a class is of its category's.
    if (row.class) category.className ??= row.class
    if (row.class && row.class !== category.className && !category.strangers.has(row.class)) {
      category.strangers.add(row.class)
      own.damagedList(
        list,
        `the category "${name}" has the class "${row.class}" beside "${category.className}", which was taken for all of it; ` +
          'give it one class, or each class a category of its own',
      )
    }
    const sample: Sample = { image, label, type: row.type || (label === 0 ? 'good' : 'bad') }
    category.samples.push(
      row.mask && label === 1 ? await withMask(sample, resolve(dirname(list), row.mask), own) : sample,
    )
  }
  return [...categories.values()].map(({ name, className, samples }) => ({ name, className, samples }))
}

interface Rows {
  readonly name: string
  className: string | null
  readonly samples: Sample[]
  /** Classes other than its own that have been named. */
  readonly strangers: Set<string>
}
