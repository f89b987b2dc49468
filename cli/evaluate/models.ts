import { listModels, modelFolder } from '../../engine/index.ts'
import { codedError } from '../../errors/index.ts'
import type { Category } from '../../evaluation/datasets/index.ts'
import { uniqueFileNames } from '../../evaluation/results/index.ts'
import type { ModelManifest } from '../../models/manifest.ts'
import { readManifest } from '../../models/open.ts'
import { chosenClass, findClass } from '../../models/text-features.ts'
import { givenModelFolder } from '../model-folder.ts'
import { shellWord } from '../shell-word.ts'
import type { Surroundings } from '../types.ts'

/** Stands beside the folders of the models. */
export const CACHE_FOLDER = 'cache'

/** A model to evaluate. */
export interface Chosen {
  /** Unique among them, and good as a folder's name. */
  readonly name: string
  readonly folder: string
  readonly manifest: ModelManifest
}

/**
 * The models to evaluate, in the order in which they were given: without any nano, and where methods are asked for all that are built.
 * @throws MODEL_MISSING, MODEL_MANIFEST, MODEL_REFERENCE of a model that was given; EVALUATION_MODELS where none is of the methods
 */
export const chosenModels = async (
  given: readonly (string | undefined)[] | undefined,
  methods: readonly string[] | undefined,
  surroundings: Pick<Surroundings, 'path' | 'userDir'>,
): Promise<Chosen[]> => {
  const folders =
    given === undefined && methods !== undefined
      ? await builtFolders(surroundings.userDir)
      : await Promise.all((given ?? [undefined]).map((model) => givenModelFolder(model, surroundings)))
  const found = await Promise.all(
    [...new Set(folders)].map(async (folder) => ({ folder, manifest: await readManifest(folder) })),
  )
  const wanted = found.filter(({ manifest }) => methods?.includes(manifest.method) ?? true)
  if (wanted.length === 0)
    throw codedError(
      'EVALUATION_MODELS',
      `no model is of the method ${methods?.join(' or ')}; there ${found.length === 1 ? 'is' : 'are'} ` +
        `${found.map(({ manifest: { name, method } }) => `${name} (${method})`).join(', ')}. Build one with "anomalyclip build".`,
    )
  const names = uniqueFileNames(
    wanted.map(({ manifest }) => manifest.name),
    [CACHE_FOLDER],
  )
  return wanted.map((model, index) => ({ ...model, name: names[index]! }))
}

/** A damaged one has no method that is known: "models" says what is wrong with it. */
const builtFolders = async (userDir: string): Promise<string[]> =>
  (await listModels(userDir)).filter(({ usable }) => usable).map(({ name }) => modelFolder(name, userDir))

/**
 * A class that no model takes was chosen by mistake; where one of several takes it, the others go without.
 * @throws MODEL_CLASS
 */
export const checkClassTaken = (models: readonly Chosen[], className: string): void => {
  if (models.every(({ manifest }) => manifest.text === null))
    for (const { manifest } of models) chosenClass(manifest, className)
}

/**
 * Names of the categories as they stand in a model's prompts; null for a model that takes none.
 * @throws MODEL_CLASS naming all that the model does not have, before an image is inspected in vain
 */
export const categoriesFor = (
  { folder, manifest }: Chosen,
  categories: readonly Category[],
): readonly Category[] => {
  const found = categories.map((category) => ({
    ...category,
    className: findClass(manifest, category.className),
  }))
  const missing = [
    ...new Set(
      categories.flatMap(({ className }, index) =>
        found[index]!.className === undefined && className !== null ? [className] : [],
      ),
    ),
  ]
  if (missing.length > 0)
    throw codedError(
      'MODEL_CLASS',
      `the model "${manifest.name}" has no class ${missing.map((name) => `"${name}"`).join(', ')}; choose one for all with --class, or add what is ` +
        `missing: anomalyclip classes --model ${shellWord(folder)} --clip FILE ${missing.map((name) => `--add ${shellWord(name)}`).join(' ')}`,
    )
  return found.map(({ className, ...category }) => ({ ...category, className: className ?? null }))
}
