import { join } from 'node:path'
import { readReported, reportPage } from '../../evaluation/report/index.ts'
import { oneLine } from '../one-line.ts'
import type { Surroundings } from '../types.ts'
import { writeWhole } from '../write-whole.ts'

/**
 * Writes `report.html` of what lies in an evaluation's output folder, and says where it is.
 * @returns how many pictures are missing, each named
 * @throws EVALUATION_DETAILS, CLI_OUTPUT
 */
export const writeReport = async (
  output: string,
  { print, complain }: Pick<Surroundings, 'print' | 'complain'>,
): Promise<number> => {
  const { models, missing } = await readReported(output)
  const file = join(output, 'report.html')
  await writeWhole(file, Buffer.from(reportPage(models)))
  for (const picture of missing)
    complain(oneLine(`anomalyclip: ${picture} is missing or no picture; the report shows a gap there`))
  await print(file)
  return missing.length
}
