import { listModels, modelFolder } from '../../engine/index.ts'
import { codedError } from '../../errors/index.ts'
import { uniqueFileNames } from '../../evaluation/results/index.ts'
import { readManifest } from '../../models/open.ts'
import { givenModelFolder } from '../model-folder.ts'
import type { Surroundings } from '../types.ts'

/** Methods that a model can be of. */
export const METHODS = ['anomalyclip', 'clip', 'clip-ac', 'winclip', 'april-gan', 'coop'] as const

/** Stands beside the folders of the models. */
export const CACHE_FOLDER = 'cache'

/** A model to evaluate. */
export interface Chosen {
  /** Unique among them, and good as a folder's name. */
  readonly name: string
  readonly folder: string
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
    [...new Set(folders)].map(async (folder) => ({ folder, ...(await readManifest(folder)) })),
  )
  const wanted = found.filter(({ method }) => methods?.includes(method) ?? true)
  if (wanted.length === 0)
    throw codedError(
      'EVALUATION_MODELS',
      `no model is of the method ${methods?.join(' or ')}; there ${found.length === 1 ? 'is' : 'are'} ` +
        `${found.map(({ name, method }) => `${name} (${method})`).join(', ')}. Build one with "anomalyclip build".`,
    )
  const names = uniqueFileNames(
    wanted.map(({ name }) => name),
    [CACHE_FOLDER],
  )
  return wanted.map(({ folder }, index) => ({ folder, name: names[index]! }))
}

/** A damaged one has no method that is known: "models" says what is wrong with it. */
const builtFolders = async (userDir: string): Promise<string[]> =>
  (await listModels(userDir)).filter(({ usable }) => usable).map(({ name }) => modelFolder(name, userDir))
