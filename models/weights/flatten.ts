import { codedError } from '../../errors/index.ts'
import { isKind, type PickleTensor, type PickleValue } from './pickle-values.ts'

/** The deepest published CLIP has its tensors at depth 8. Also what ends a container that holds itself. */
const MAX_DEPTH = 64

/** Containers that are shared can stand for far more than was stored: 2ⁿ visits for n nested pairs. */
const MAX_VISITS = 1_000_000

/** The longest real name has some 90 characters; a long key repeated in every name could fill the memory. */
const MAX_NAME_LENGTH = 1_000

/**
 * Every tensor in nested containers, by its dotted path, in order. What is neither tensor nor container is passed over.
 * @example { visual: { proj: tensor } } // 'visual.proj'
 * @throws WEIGHTS_LIMIT
 */
export const flatten = (file: string, root: PickleValue): readonly (readonly [string, PickleTensor])[] => {
  const found: [string, PickleTensor][] = []
  let visits = 0
  const visit = (value: PickleValue, path: string, depth: number): void => {
    if (++visits > MAX_VISITS || depth > MAX_DEPTH || path.length > MAX_NAME_LENGTH)
      throw codedError(
        'WEIGHTS_LIMIT',
        `${file} nests its containers beyond ${MAX_DEPTH} levels, ${MAX_VISITS} values or names of ${MAX_NAME_LENGTH} characters.`,
      )
    if (isKind(value, 'tensor')) found.push([path, value])
    else
      for (const [key, child] of childrenOf(value))
        visit(child, path === '' ? String(key) : `${path}.${key}`, depth + 1)
  }
  visit(root, '', 0)
  return found
}

const childrenOf = (value: PickleValue): Iterable<readonly [string | number, PickleValue]> => {
  if (isKind(value, 'sequence')) return value.items.entries()
  if (isKind(value, 'dict')) return named(value.entries)
  return isKind(value, 'record') ? named(value.attributes) : []
}

/** Keys that are neither text nor number name nothing that anybody could ask for. */
const named = (entries: ReadonlyMap<PickleValue, PickleValue>) =>
  [...entries].filter(
    (entry): entry is [string | number, PickleValue] =>
      typeof entry[0] === 'string' || typeof entry[0] === 'number',
  )
