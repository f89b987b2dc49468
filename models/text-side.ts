import { join } from 'node:path'
import type { ManifestText } from './manifest.ts'
import type { Method, MethodFiles } from './methods/index.ts'
import { TEXT_FILE, type TextFeatures } from './text-features.ts'
import { writeSafetensors } from './weights/index.ts'

/** Beside the text features, where the prompts were learnt: with it a class name can be added later. */
const PROMPTS_FILE = 'prompts.safetensors'

/** Text features of class names as they are to stand in the prompts. */
export const textFeaturesOf = async (
  method: Method,
  files: MethodFiles,
  classNames: readonly string[],
  signal?: AbortSignal,
): Promise<TextFeatures> => {
  const features = new Map<string, Float32Array>()
  for (const name of classNames) {
    signal?.throwIfAborted()
    features.set(name, await method.textFeatures(files, name))
  }
  return features
}

/** Writes the side of the class names into a model folder: what `model.json` says of it, and which files it is. */
export const writeTextSide = async (
  folder: string,
  features: TextFeatures,
  { dimensions: { embed }, prompts }: Pick<MethodFiles, 'dimensions' | 'prompts'>,
): Promise<{ readonly inManifest: ManifestText; readonly files: readonly string[] }> => {
  const classNames = [...features.keys()]
  await writeTextFeatures(join(folder, TEXT_FILE), features, embed)
  if (prompts !== null) await copyTensors(prompts, join(folder, PROMPTS_FILE))
  return {
    inManifest: {
      file: TEXT_FILE,
      dimension: embed,
      defaultClass: classNames[0]!,
      classNames,
      prompts: prompts === null ? null : PROMPTS_FILE,
    },
    files: prompts === null ? [TEXT_FILE] : [TEXT_FILE, PROMPTS_FILE],
  }
}

/** @param dimension of the joint space */
export const writeTextFeatures = (file: string, features: TextFeatures, dimension: number): Promise<void> =>
  writeSafetensors(
    file,
    new Map([...features].map(([name, data]) => [name, { shape: [2, dimension], data }])),
  )

const copyTensors = async (from: NonNullable<MethodFiles['prompts']>, to: string): Promise<void> => {
  const tensors = await Promise.all(
    from
      .names()
      .map(async (name) => [name, { shape: from.info(name).shape, data: await from.read(name) }] as const),
  )
  await writeSafetensors(to, new Map(tensors))
}
