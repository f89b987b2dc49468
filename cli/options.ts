import { codedError } from '../errors/index.ts'

/** How an option is written, what it means, and how the text given for it becomes a value. */
export interface Option<T> {
  /** Stands for the value in the help; null for a flag, which has none. */
  readonly placeholder: string | null
  /** May have several lines. */
  readonly help: string
  /** Throws CLI_USAGE when the text cannot be meant. */
  readonly read: (given: string, name: string) => T
  /** May be given more than once, and with several values after its name; the command gets them as a list. */
  readonly isRepeated?: boolean
}

export type RepeatedOption<T> = Option<T> & { readonly isRepeated: true }

export type Options = Readonly<Record<string, Option<unknown>>>

/** What was given; an option that was not given is absent. */
export type Values<O extends Options> = {
  readonly [K in keyof O]?: O[K] extends RepeatedOption<infer T>
    ? readonly T[]
    : O[K] extends Option<infer T>
      ? T
      : never
}

/** The command line was not understood: nothing was done, exit status 2. */
export const usageError = (message: string): Error => codedError('CLI_USAGE', message)

export const flag = (help: string): Option<true> => ({ placeholder: null, help, read: () => true })

export const text = (placeholder: string, help: string): Option<string> => ({
  placeholder,
  help,
  read: (given, name) => {
    if (given === '') throw usageError(`--${name} was given an empty text; expected ${placeholder}.`)
    return given
  },
})

export const repeated = <T>(option: Option<T>): RepeatedOption<T> => ({ ...option, isRepeated: true })

interface Range {
  readonly least?: number
  readonly most?: number
  readonly whole?: boolean
}

export const number = (
  placeholder: string,
  help: string,
  { least = 0, most = Number.POSITIVE_INFINITY, whole = true }: Range = {},
): Option<number> => ({
  placeholder,
  help,
  read: (given, name) => {
    const value = given.trim() === '' ? Number.NaN : Number(given)
    const isGood =
      Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value))
    if (isGood) return value
    const range = Number.isFinite(most) ? `from ${least} to ${most}` : `of at least ${least}`
    throw usageError(`--${name} was given '${given}'; expected a ${whole ? 'whole ' : ''}number ${range}.`)
  },
})

export const numbers = (placeholder: string, help: string): Option<number[]> => ({
  placeholder,
  help,
  read: (given, name) => {
    const values = given.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
    if (!values.every((value) => Number.isInteger(value) && value > 0))
      throw usageError(`--${name} was given '${given}'; expected whole numbers from 1, separated by commas.`)
    return values
  },
})

export const oneOf = <const T extends string>(
  choices: readonly T[],
  placeholder: string,
  help: string,
): Option<T> => ({
  placeholder,
  help,
  read: (given, name) => {
    const choice = choices.find((candidate) => candidate === given)
    if (choice === undefined)
      throw usageError(
        `--${name} was given '${given}'; expected ${choices.join(', ').replace(/, ([^,]*)$/, ' or $1')}.`,
      )
    return choice
  },
})

/** One or more of the choices, separated by commas. */
export const someOf = <const T extends string>(
  choices: readonly T[],
  placeholder: string,
  help: string,
): Option<T[]> => {
  const one = oneOf(choices, placeholder, help)
  return { ...one, read: (given, name) => given.split(',').map((part) => one.read(part.trim(), name)) }
}
