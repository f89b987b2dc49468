import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError, shown } from '../../errors/index.ts'
import { type CategoryDetails, readEvaluation } from '../results/index.ts'
import { dataUri } from './picture.ts'
import type { Reported } from './reported.ts'

/**
 * Reads what `evaluate` has left in its output folder, pictures too.
 * @returns the models in the order in which they were given, and the files of pictures that are missing or are none
 * @throws EVALUATION_DETAILS
 */
export const readReported = async (
  output: string,
): Promise<{ readonly models: readonly Reported[]; readonly missing: readonly string[] }> => {
  const evaluated = await readEvaluation(output)
  const datasets = new Set(evaluated.map(({ details }) => details.dataset))
  if (datasets.size !== 1)
    throw codedError(
      'EVALUATION_DETAILS',
      `${output} holds ${datasets.size === 0 ? 'no model' : `models on different data sets (${[...datasets].map(shown).join(', ')})`}, ` +
        'expected at least one, all on the same; run "anomalyclip evaluate" once for each data set.',
    )
  const missing: string[] = []
  const models: Reported[] = []
  for (const { name, folder, details } of evaluated) {
    const pictures = new Map<string, Uint8Array>()
    for (const file of Object.values(details.categories).flatMap(picturesOf)) {
      const path = join(folder, file)
      const bytes = await readFile(path).catch(() => undefined)
      if (bytes && dataUri(bytes) !== null) pictures.set(file, bytes)
      else missing.push(path)
    }
    models.push({ name, details, pictures })
  }
  return { models, missing }
}

const picturesOf = ({ worst }: CategoryDetails): readonly string[] =>
  [...worst.misses, ...worst.falseAlarms]
    .flatMap(({ image, truth, map }) => [image, truth, map])
    .filter((file) => file !== null)
