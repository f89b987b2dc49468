import { join } from 'node:path'
import { csvOf, csvText, type Results } from '../../evaluation/results/index.ts'
import type { CategoryOutcome } from '../../evaluation/run/index.ts'
import type { Recommendation } from '../../inspection/calibration/index.ts'
import { writeWhole } from '../write-whole.ts'

export interface Evaluation {
  readonly results: Results
  readonly outcomes: ReadonlyMap<string, CategoryOutcome>
  /** By category; null where none could be chosen. */
  readonly thresholds: ReadonlyMap<string, Recommendation | null>
}

/**
 * `results.json` and `results.csv`; `scores.csv`, every image with its label; `threshold-CATEGORY.json`, what the node `threshold` imports.
 * @throws CLI_OUTPUT
 */
export const writeEvaluation = async (
  folder: string,
  { results, outcomes, thresholds }: Evaluation,
): Promise<void> => {
  const write = (name: string, text: string) => writeWhole(join(folder, name), Buffer.from(text))
  await write('results.json', `${JSON.stringify(results, null, 2)}\n`)
  await write('results.csv', csvOf(results))
  await write('scores.csv', scoresOf(outcomes))
  for (const [category, threshold] of thresholds)
    if (threshold)
      await write(`threshold-${fileNameOf(category)}.json`, `${JSON.stringify(threshold, null, 2)}\n`)
}

const scoresOf = (outcomes: Evaluation['outcomes']): string =>
  csvText([
    ['category', 'image', 'label', 'score', 'peak'],
    ...[...outcomes].flatMap(([category, { scored }]) =>
      scored.map(({ name, label, score, peak }) => [
        category,
        name,
        label === 1 ? 'bad' : 'good',
        score,
        peak,
      ]),
    ),
  ])

/** A category is named by a folder, whose name may hold what other systems do not take in a file's. */
const fileNameOf = (category: string): string => category.replaceAll(/[^\p{L}\p{N}._-]/gu, '_')
