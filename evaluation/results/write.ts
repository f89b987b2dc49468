import { join } from 'node:path'
import { csvText } from './csv.ts'
import type { Details } from './details.ts'
import { RESULTS_FILE, writeDetails } from './details-file.ts'
import { uniqueFileNames } from './file-names.ts'
import { type Results, resultsOf } from './results.ts'
import { comparisonCsv, csvOf } from './rows.ts'
import { jsonText, writeOutput } from './write-file.ts'

/** What `results.json` holds of one model. */
export const resultsFrom = ({ categories }: Details): Results =>
  resultsOf(Object.fromEntries(Object.entries(categories).map(([name, { metrics }]) => [name, metrics])))

/**
 * Writes what there is to say of one model into a folder that is there: `details.json` with everything, and taken from it `results.json`,
 * `results.csv`, `scores.csv` (every image) and `threshold-CATEGORY.json`, what the node `threshold` imports.
 * @throws EVALUATION_OUTPUT
 */
export const writeResults = async (folder: string, details: Details): Promise<void> => {
  const results = resultsFrom(details)
  const write = (name: string, text: string) => writeOutput(join(folder, name), text)
  await writeDetails(folder, details)
  await write(RESULTS_FILE, jsonText(results))
  await write('results.csv', csvOf(results))
  await write('scores.csv', scoresCsv(details))
  const names = uniqueFileNames(Object.keys(details.categories))
  for (const [index, { threshold }] of Object.values(details.categories).entries())
    if (threshold) await write(`threshold-${names[index]}.json`, jsonText(threshold))
}

/** Beside the folders of several models: `results.json` and `results.csv` of them all. @throws EVALUATION_OUTPUT */
export const writeComparison = async (
  folder: string,
  models: Readonly<Record<string, Results>>,
): Promise<void> => {
  await writeOutput(join(folder, RESULTS_FILE), jsonText({ models }))
  await writeOutput(join(folder, 'results.csv'), comparisonCsv(models))
}

const scoresCsv = ({ categories }: Details): string =>
  csvText([
    ['category', 'image', 'label', 'score', 'peak'],
    ...Object.entries(categories).flatMap(([category, { scored }]) =>
      scored.map(({ name, label, score, peak }) => [
        category,
        name,
        label === 1 ? 'bad' : 'good',
        score,
        peak,
      ]),
    ),
  ])
