import { join } from 'node:path'
import { codedError } from '../errors/index.ts'
import { classNameInPrompts } from './class-names.ts'
import type { ManifestText, ModelManifest } from './manifest.ts'
import { openWeights } from './weights/index.ts'

export const TEXT_FILE = 'text.safetensors'

/** By class name as it stands in the prompts: [2, dimension], rows normal and abnormal. */
export type TextFeatures = ReadonlyMap<string, Float32Array>

/** @throws MODEL_CORRUPT where the file does not hold what the manifest says, WEIGHTS_… where it cannot be read */
export const readTextFeatures = async (folder: string, text: ManifestText): Promise<TextFeatures> => {
  const file = await openWeights(join(folder, text.file))
  try {
    const features = new Map<string, Float32Array>()
    for (const name of text.classNames) {
      const { shape } = file.info(name)
      if (shape.join() !== `2,${text.dimension}`)
        throw codedError(
          'MODEL_CORRUPT',
          `"${name}" in ${file.file} is [${shape.join(', ')}]; the manifest says [2, ${text.dimension}]. Build or copy the model again.`,
        )
      features.set(name, await file.read(name))
    }
    return features
  } finally {
    await file.close()
  }
}

type Model = Pick<ModelManifest, 'name' | 'method' | 'text'>

/**
 * The name under which a model knows a class, as somebody may write it: with an underscore for a blank where its method has it so.
 * @param className null = the model's default
 * @returns null for a model that takes none, whatever was asked for: every image is the same to it; undefined where it has no such class
 */
export const findClass = (
  { method, text }: Pick<Model, 'method' | 'text'>,
  className: string | null,
): string | null | undefined => {
  if (text === null) return null
  if (className === null) return text.defaultClass
  const wanted = classNameInPrompts(method, className)
  return text.classNames.includes(wanted) ? wanted : undefined
}

/**
 * As `findClass`, for a class that must be there.
 * @throws MODEL_CLASS where the model has no such class
 */
export const classOf = (
  manifest: Pick<ModelManifest, 'name' | 'method' | 'text'>,
  className: string | null,
): string | null => {
  const found = findClass(manifest, className)
  if (found !== undefined) return found
  const { name, text } = manifest
  throw codedError(
    'MODEL_CLASS',
    `the model "${name}" has no class "${className}"; it has ${text!.classNames.map((known) => `"${known}"`).join(', ')}. ` +
      'Choose one of them, or add it: anomalyclip classes --model DIR --clip FILE --add NAME',
  )
}

/**
 * As `classOf`, where a class was chosen on purpose: a model that would ignore it is an error too.
 * @throws MODEL_CLASS
 */
export const chosenClass = (model: Model, className: string): string => {
  const found = classOf(model, className)
  if (found !== null) return found
  throw codedError(
    'MODEL_CLASS',
    `the model "${model.name}" (${model.method}) takes no class names, and "${className}" was chosen. Choose none, or a model that takes them.`,
  )
}
