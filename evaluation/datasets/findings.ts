import { codedError, type ErrorCode, isCodedError, messageOf } from '../../errors/index.ts'
import { IMAGE_ENDINGS } from './files.ts'
import type { Findings, Problem } from './types.ts'

/** Collects problems in the order in which they are met. */
export const newFindings = (): Findings => findingsIn([], [])

const findingsIn = (problems: Problem[], absent: string[], category?: string): Findings => {
  const push = (problem: Problem) =>
    void problems.push(category === undefined ? problem : { ...problem, category })
  const add = (code: ErrorCode, file: string, text: string) =>
    push({ code, file, message: codedError(code, text).message })
  return {
    problems,
    absent,
    of: (name) => findingsIn(problems, absent, name),
    missing: (file, what) =>
      add(
        'DATASET_FILE_MISSING',
        file,
        `${file} is missing or empty: ${what}; fetch or unpack the data set again.`,
      ),
    lacks: (name) => void absent.push(name),
    ambiguous: (file, what) =>
      add(
        'DATASET_AMBIGUOUS',
        file,
        `${file} is not the only one of its name: ${what}. Give each image and its mask a name of their own.`,
      ),
    skipped: (folder, names) =>
      add(
        'DATASET_FILE_SKIPPED',
        folder,
        `${folder} holds ${names}, expected nothing but images that end in ${IMAGE_ENDINGS.join(', ')}; what it holds ` +
          'besides was left out. Convert it, move it to where it belongs, or take it away.',
      ),
    unknownClass: (file, name, known) =>
      add(
        'DATASET_UNKNOWN_CLASS',
        file,
        `${file} names the class "${name}", expected one of ${known.join(', ')}; it was left out.`,
      ),
    damagedList: (file, what) => add('DATASET_LIST', file, `${file}: ${what}.`),
    thrown: (file, error) =>
      push({
        code: isCodedError(error) ? error.code : 'DATASET_FILE_MISSING',
        file,
        message: isCodedError(error)
          ? `${error.message} (${file})`
          : codedError('DATASET_FILE_MISSING', `${file} cannot be read: ${messageOf(error)}`).message,
      }),
  }
}
