import { join } from 'node:path'
import { codedError } from '../errors/index.ts'
import { classNamesInPrompts } from './class-names.ts'
import { clipDimensions } from './clip/dimensions.ts'
import type { ManifestText, ModelManifest } from './manifest.ts'
import { METHOD_NAMES } from './method-names.ts'
import { METHODS } from './methods/index.ts'
import { isStill, openWhole } from './open.ts'
import { asOutputError } from './output-folder.ts'
import { replaceText } from './replace-text.ts'
import { sha256Of } from './sha256.ts'
import { readTextFeatures, type TextFeatures } from './text-features.ts'
import { textFeaturesOf } from './text-side.ts'
import { openWeights } from './weights/index.ts'

export interface AddClassesOptions {
  /** The CLIP weights that the model was built from. */
  readonly clip: string
  readonly classNames: readonly string[]
  readonly signal?: AbortSignal
}

type ModelWithClasses = ModelManifest & { readonly text: ManifestText }

/**
 * Adds class names to a model folder without building it again; the graph and the model's version stay as they are. Until the very end the
 * folder is as before. Who has the model loaded goes on with the classes of then.
 * @returns the manifest as it is now, and the names that were not there, as they stand in the prompts
 * @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_CORRUPT; MODEL_CLASS where the method takes no class names, MODEL_OPTIONS where a name is none,
 *   MODEL_SOURCE where the weights are others, TEXT_TOO_LONG, WEIGHTS_…, MODEL_OUTPUT
 */
export const addClasses = async (
  folder: string,
  options: AddClassesOptions,
): Promise<{ readonly manifest: ModelManifest; readonly added: readonly string[] }> => {
  const manifest = withClasses(await openWhole(folder))
  const { text } = manifest
  const added = classNamesInPrompts(manifest.method, options.classNames).filter(
    (name) => !text.classNames.includes(name),
  )
  if (added.length === 0) return { manifest, added }
  const features = new Map([
    ...(await readTextFeatures(folder, text)),
    ...(await newFeatures(folder, manifest, added, options)),
  ])
  options.signal?.throwIfAborted()
  // Computing takes its time; what somebody else added or built meanwhile must not get lost.
  if (!(await isStill(folder, manifest))) return addClasses(folder, options)
  try {
    return { manifest: await replaceText(folder, manifest, features), added }
  } catch (error) {
    throw asOutputError(folder, error)
  }
}

/** @throws MODEL_CLASS for a model of a method that takes no class names */
export const withClasses = (manifest: ModelManifest): ModelWithClasses => {
  const { name, method, text } = manifest
  if (text !== null) return { ...manifest, text }
  throw codedError(
    'MODEL_CLASS',
    `the model "${name}" takes no class names: the prompts of ${method} are the same for every image. Methods that take them: ` +
      `${METHOD_NAMES.filter((one) => METHODS[one].takesClassNames).join(', ')}.`,
  )
}

const newFeatures = async (
  folder: string,
  manifest: ModelWithClasses,
  names: readonly string[],
  { clip: file, signal }: AddClassesOptions,
): Promise<TextFeatures> => {
  const { method, text, activation } = manifest
  const clip = await openWeights(file)
  try {
    await checkSource(file, manifest)
    const prompts = text.prompts === null ? null : await openWeights(join(folder, text.prompts))
    try {
      const files = { clip, dimensions: clipDimensions(clip), prompts, linear: null, activation }
      return await textFeaturesOf(METHODS[method], files, names, signal)
    } finally {
      await prompts?.close()
    }
  } finally {
    await clip.close()
  }
}

const checkSource = async (clip: string, { sources }: ModelManifest): Promise<void> => {
  const found = await sha256Of(clip)
  const built = sources.find(({ role }) => role === 'clip')
  if (found !== built?.sha256)
    throw codedError(
      'MODEL_SOURCE',
      `${clip} has sha256 ${found}; the model was built from ${built?.file} with sha256 ${built?.sha256}. Text features of other weights ` +
        'would mean nothing to it: name the file that it was built from.',
    )
}
