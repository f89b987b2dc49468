import { codedError } from '../errors/index.ts'
import type { MethodName } from './method-names.ts'

/** The published code of these takes folder names as they are. */
const KEEP_UNDERSCORES: ReadonlySet<MethodName> = new Set<MethodName>(['winclip', 'april-gan'])

/** Key of safetensors' own notes: the one name that no tensor can have. */
const METADATA = '__metadata__'

/** A class name as it stands in a method's prompts: `metal_nut` is "metal nut", except where the published code kept the underscore. */
export const classNameInPrompts = (method: MethodName, name: string): string =>
  (KEEP_UNDERSCORES.has(method) ? name : name.replaceAll('_', ' ')).trim()

/**
 * Class names that a model is to have, each once, as they stand in the prompts.
 * @throws MODEL_OPTIONS for a name that none can be
 */
export const classNamesInPrompts = (method: MethodName, names: readonly string[]): readonly string[] => {
  const written = names.map((name) => classNameInPrompts(method, name))
  if (written.includes('')) throw codedError('MODEL_OPTIONS', 'a class name is empty: give it a word.')
  if (written.includes(METADATA))
    throw codedError('MODEL_OPTIONS', `"${METADATA}" cannot be a class name: text features are kept by name.`)
  return [...new Set(written)]
}
