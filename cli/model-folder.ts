import { stat } from 'node:fs/promises'
import { modelFolder } from '../engine/index.ts'
import type { Surroundings } from './types.ts'

/**
 * The model folder that is meant on the command line: a path, as contracts have it, or the name of a model, as a node
 * has it. A folder of that name where the caller stands goes before a model in the user folder; nothing given is nano.
 * Does not look into the folder: who opens it says what is wrong with it.
 */
export const givenModelFolder = async (
  given: string | undefined,
  { path, userDir }: Pick<Surroundings, 'path' | 'userDir'>,
): Promise<string> => {
  if (given === undefined) return modelFolder('nano', userDir)
  const asPath = path(given)
  if (/[\\/]|^\./.test(given) || (await isFolder(asPath))) return asPath
  const asName = modelFolder(given, userDir)
  return given === 'nano' || (await isFolder(asName)) ? asName : asPath
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
