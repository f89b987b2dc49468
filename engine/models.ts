import { readdir } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { codedError, messageOf } from '../errors/index.ts'
import { nanoModelDir } from '../models/nano/location.ts'
import { readManifest } from '../models/open.ts'

/** The embedded model goes by this name wherever a model is chosen. */
const NANO = 'nano'

/** A model that is there to be used, or why it cannot be. */
export type ListedModel =
  | {
      readonly name: string
      readonly usable: true
      readonly method: string
      readonly imageSize: number
      readonly version: string
      /** Files that it was built from, with their licences. */
      readonly sources: readonly { readonly file: string; readonly licence: string | null }[]
      /** Of the score and of the map, 0..1; null = to be calibrated. */
      readonly suggestedThreshold: { readonly score: number; readonly pixel: number } | null
      /** What may be chosen as an image's class, the default first; null = the model takes none. */
      readonly classNames: readonly string[] | null
    }
  | { readonly name: string; readonly usable: false; readonly error: string }

/** Where Node-RED's user folder keeps the models that were built on this machine. */
export const modelsDir = (userDir: string): string => join(userDir, 'anomalyclip', 'models')

/**
 * The folder of a chosen model: `nano` is the embedded one, an absolute path is itself, anything else the name of a
 * model built into the user folder. A name is one folder name: separators and `..` would lead out of the user folder.
 * Does not look into the folder: who opens it says what is wrong with it.
 * @throws MODEL_REFERENCE
 */
export const modelFolder = (reference: string, userDir: string): string => {
  if (reference === NANO) return nanoModelDir()
  if (isAbsolute(reference)) return reference
  if (reference === '' || reference.startsWith('.') || /[\\/\0]/.test(reference))
    throw codedError(
      'MODEL_REFERENCE',
      `"${reference}" is not the name of a model; expected "${NANO}", a folder name under ${modelsDir(userDir)}, ` +
        'or an absolute path. Choose a model in the configuration.',
    )
  return join(modelsDir(userDir), reference)
}

/** `nano` and the models built into the user folder, sorted by name. A damaged one is listed with what is wrong with it. */
export const listModels = async (userDir: string): Promise<ListedModel[]> => {
  const folders = await readdir(modelsDir(userDir), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      // Nothing was built yet.
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  const names = folders
    // The builder's unfinished folders start with a dot; a link may lead to a folder.
    .filter((entry) => !entry.name.startsWith('.') && !entry.isFile())
    .map(({ name }) => name)
    .sort()
  return Promise.all([NANO, ...names].map((name) => look(name, modelFolder(name, userDir))))
}

const look = async (name: string, folder: string): Promise<ListedModel> => {
  try {
    const { method, imageSize, version, sources, suggestedThreshold, text } = await readManifest(folder)
    return {
      name,
      usable: true,
      method,
      imageSize,
      version,
      sources: sources.map(({ file, licence }) => ({ file, licence })),
      suggestedThreshold,
      classNames: text === null ? null : [...new Set([text.defaultClass, ...text.classNames])],
    }
  } catch (error) {
    return { name, usable: false, error: messageOf(error) }
  }
}
