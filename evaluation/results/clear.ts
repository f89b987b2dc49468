import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codedError, messageOf } from '../../errors/index.ts'

/** What a run writes into its folder, by name: others may have put something there. Pictures are not among them. */
const WRITTEN = /^(details\.json|results\.(json|csv)|scores\.csv|threshold-.*\.json|report\.html)$/

/**
 * Removes what an earlier run has left in a folder, so that nothing of it stands among this run's: thresholds of categories that are gone,
 * models that were measured no more.
 * @throws EVALUATION_OUTPUT
 */
export const clearResults = async (folder: string): Promise<void> => {
  try {
    for (const name of await readdir(folder))
      if (WRITTEN.test(name)) await rm(join(folder, name), { force: true })
  } catch (cause) {
    throw codedError(
      'EVALUATION_OUTPUT',
      `${folder} could not be cleared of an earlier run: ${messageOf(cause)}.`,
      {
        cause,
      },
    )
  }
}
