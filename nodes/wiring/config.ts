import { codedError, messageOf, shown } from '../../errors/index.ts'
import type { InputHandler } from './input.ts'
import type { Node, TypedProperty } from './types.ts'

export interface NumberRule {
  readonly min?: number
  readonly max?: number
  readonly integer?: boolean
  /** Taken when the field is empty or missing (a flow saved before the field was there). Without it the field is required. */
  readonly fallback?: number
}

/**
 * A number out of a saved configuration, where the editor leaves text.
 * @throws NODE_CONFIG naming field and value
 */
export const readNumber = (config: object, field: string, rule: NumberRule = {}): number => {
  const saved: unknown = Reflect.get(config, field)
  if (isBlank(saved) && rule.fallback !== undefined) return rule.fallback
  const number =
    typeof saved === 'number'
      ? saved
      : typeof saved === 'string' && !isBlank(saved)
        ? Number(saved)
        : Number.NaN
  const { min = -Infinity, max = Infinity, integer = false } = rule
  if (Number.isFinite(number) && number >= min && number <= max && (!integer || Number.isInteger(number)))
    return number
  throw codedError(
    'NODE_CONFIG',
    `"${field}" is ${shown(saved)}, expected ${wording(rule)}. Open the node and correct it.`,
  )
}

/** As `readNumber`, with null for an empty field: the setting is off. */
export const readOptionalNumber = (config: object, field: string, rule: NumberRule = {}): number | null =>
  isBlank(Reflect.get(config, field)) ? null : readNumber(config, field, rule)

/**
 * One of a few words out of a saved configuration.
 * @throws NODE_CONFIG naming field, value and the words allowed
 */
export const readChoice = <const T extends string>(
  config: object,
  field: string,
  choices: readonly T[],
  fallback?: T,
): T => {
  const saved: unknown = Reflect.get(config, field)
  if (isBlank(saved) && fallback !== undefined) return fallback
  const choice = choices.find((one) => one === saved)
  if (choice !== undefined) return choice
  throw codedError(
    'NODE_CONFIG',
    `"${field}" is ${shown(saved)}, expected one of ${choices.join(', ')}. Open the node and correct it.`,
  )
}

/**
 * Text out of a saved configuration, without blanks around it.
 * @param fallback taken where the field is empty or missing
 * @throws NODE_CONFIG when it is no text
 */
export const readLine = (config: object, field: string, fallback = ''): string => {
  const saved: unknown = Reflect.get(config, field)
  if (isBlank(saved)) return fallback
  if (typeof saved === 'string') return saved.trim()
  throw codedError(
    'NODE_CONFIG',
    `"${field}" is ${shown(saved)}, expected text. Open the node and correct it.`,
  )
}

/**
 * A tick out of a saved configuration.
 * @throws NODE_CONFIG
 */
export const readFlag = (config: object, field: string, fallback: boolean): boolean => {
  const saved: unknown = Reflect.get(config, field) ?? fallback
  if (typeof saved === 'boolean') return saved
  throw codedError(
    'NODE_CONFIG',
    `"${field}" is ${shown(saved)}, expected true or false. Open the node and correct it.`,
  )
}

/**
 * A typedInput property of a saved configuration, kept in `field` and `fieldType`. The first of the types is the default.
 * An emptied field reads as empty text: there is nothing to look up.
 * @throws NODE_CONFIG when the field holds no text or the type is not one of those allowed
 */
export const readTyped = (
  config: object,
  field: string,
  types: readonly [string, ...string[]],
  fallback: string,
): TypedProperty => {
  const saved: unknown = Reflect.get(config, field) ?? fallback
  const type = readChoice(config, `${field}Type`, types, types[0])
  if (typeof saved !== 'string')
    throw codedError(
      'NODE_CONFIG',
      `"${field}" is ${shown(saved)}, expected text. Open the node and correct it.`,
    )
  return saved.trim() === '' ? { value: '', type: 'str' } : { value: saved, type }
}

/**
 * Refuses a node that a later version of this package saved: its fields may mean something else there.
 * @throws NODE_CONFIG
 */
export const requireVersion = (config: object, newest: number): void => {
  const version = readNumber(config, 'version', { min: 1, integer: true, fallback: 1 })
  if (version > newest)
    throw codedError(
      'NODE_CONFIG',
      `the node was saved as version ${version}, and ${newest} is the newest that this package knows. Update the package.`,
    )
}

/**
 * Makes the node's handler from its configuration. A wrong configuration does not take the node out of the flow (its
 * messages would vanish): it is logged, shown in red, and every message gets the error through `catch`.
 */
export const whenConfigured = (node: Node, makeHandler: () => InputHandler): InputHandler => {
  try {
    return makeHandler()
  } catch (thrown) {
    node.error(messageOf(thrown))
    node.status({ fill: 'red', shape: 'ring', text: 'wrong configuration' })
    return () => {
      throw thrown
    }
  }
}

const isBlank = (saved: unknown): boolean =>
  saved === undefined || saved === null || (typeof saved === 'string' && saved.trim() === '')

const wording = ({ min, max, integer }: NumberRule): string => {
  const kind = integer ? 'a whole number' : 'a number'
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`
  if (min !== undefined) return `${kind} of at least ${min}`
  if (max !== undefined) return `${kind} of at most ${max}`
  return kind
}
