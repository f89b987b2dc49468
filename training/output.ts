import { codedError, isCodedError, messageOf } from '../errors/index.ts'

/**
 * Does what writes to the disk.
 * @throws TRAINING_OUTPUT for what the system says of files; everything else as it was thrown
 */
export const writing = async <T>(what: string, write: () => Promise<T>): Promise<T> => {
  try {
    return await write()
  } catch (cause) {
    if (isCodedError(cause) || !(cause instanceof Error && 'syscall' in cause)) throw cause
    throw codedError(
      'TRAINING_OUTPUT',
      `${what} could not be written: ${messageOf(cause)}. What was done before is kept: make room or choose another place, and go on with --resume.`,
      { cause },
    )
  }
}
