import { join } from 'node:path'
import { csvText } from './csv.ts'
import { categoriesOf, type Details } from './details.ts'
import { RESULTS_FILE, writeDetails } from './details-file.ts'
import { uniqueFileNames } from './file-names.ts'
import { asFile, type Results, resultsOf } from './results.ts'
import { comparisonCsv, csvOf, type ModelResults } from './rows.ts'
import { jsonText, writeOutput } from './write-file.ts'

/** What `results.json` holds of one model, in order. */
export const resultsFrom = (details: Details): Results =>
  resultsOf(categoriesOf(details).map(([name, { metrics }]) => [name, metrics]))

/**
 * Writes what there is to say of one model into a folder that is there: `details.json` with everything, and taken from it `results.json`,
 * `results.csv`, `scores.csv` (every image) and `threshold-CATEGORY.json`, what the node `threshold` imports.
 * @throws EVALUATION_OUTPUT
 */
export const writeResults = async (folder: string, details: Details): Promise<void> => {
  const results = resultsFrom(details)
  const write = (name: string, text: string) => writeOutput(join(folder, name), text)
  await writeDetails(folder, details)
  await write(RESULTS_FILE, jsonText(asFile(results)))
  await write('results.csv', csvOf(results))
  await write('scores.csv', scoresCsv(details))
  const categories = categoriesOf(details)
  const names = uniqueFileNames(categories.map(([name]) => name))
  for (const [index, [, { threshold }]] of categories.entries())
    if (threshold) await write(`threshold-${names[index]}.json`, jsonText(threshold))
}

/** Beside the folders of several models: `results.json` and `results.csv` of them all. @throws EVALUATION_OUTPUT */
export const writeComparison = async (folder: string, models: readonly ModelResults[]): Promise<void> => {
  await writeOutput(
    join(folder, RESULTS_FILE),
    jsonText({
      order: models.map(({ name }) => name),
      models: Object.fromEntries(models.map(({ name, results }) => [name, asFile(results)])),
    }),
  )
  await writeOutput(join(folder, 'results.csv'), comparisonCsv(models))
}

const scoresCsv = (details: Details): string =>
  csvText([
    ['category', 'image', 'label', 'score', 'peak'],
    ...categoriesOf(details).flatMap(([category, { scored }]) =>
      scored.map(({ name, label, score, peak }) => [
        category,
        name,
        label === 1 ? 'bad' : 'good',
        score,
        peak,
      ]),
    ),
  ])
