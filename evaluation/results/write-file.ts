import { codedError, messageOf } from '../../errors/index.ts'
import { replaceFile } from '../../models/replace-file.ts'

/** Writes a file of an evaluation's output whole. @throws EVALUATION_OUTPUT */
export const writeOutput = async (path: string, content: string | Uint8Array): Promise<void> => {
  try {
    await replaceFile(path, typeof content === 'string' ? Buffer.from(content) : content)
  } catch (cause) {
    throw codedError(
      'EVALUATION_OUTPUT',
      `${path} could not be written: ${messageOf(cause)}. What has been scored is kept: make room and go on with --resume.`,
      { cause },
    )
  }
}

export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
