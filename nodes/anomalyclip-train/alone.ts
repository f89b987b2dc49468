import { lockFolder } from '../../connect/store/index.ts'
import { codedError } from '../../errors/index.ts'
import { inFolder } from '../../retraining/index.ts'

/**
 * Lets one Node-RED alone work in a folder: another one, on the same user folder or on a disk that two boxes share, would clear away its training.
 * @throws RETRAINING_BUSY, RETRAINING_OUTPUT
 */
export const alone = async <T>(folder: string, work: () => Promise<T>): Promise<T> => {
  const unlock = await inFolder(folder, () => lockFolder(folder))
  if (unlock === null)
    throw codedError(
      'RETRAINING_BUSY',
      `another Node-RED trains in ${folder}; wait for its end, or give this node a folder of its own.`,
    )
  try {
    return await work()
  } finally {
    unlock()
  }
}
