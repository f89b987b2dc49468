import type { Options, Values } from './options.ts'

/** What a command may touch of the process that it runs in. */
export interface Surroundings {
  /** One line of results on standard output; rejects when nobody reads on. */
  readonly print: (line: string) => Promise<void>
  /** One line on standard error. */
  readonly complain: (line: string) => void
  /** Rewrites the current line of a terminal on standard error; null where standard error is no terminal. */
  readonly rewrite: ((line: string) => void) | null
  /** A path as the caller wrote it, made absolute. */
  readonly path: (given: string) => string
  /** Node-RED's user folder; models built by its user are in it. */
  readonly userDir: string
  /** Where downloads are kept. */
  readonly cacheDir: string
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** What stands in the table of commands. */
export interface Command {
  readonly name: string
  readonly summary: string
  readonly help: string
  /** Resolves with the exit status. */
  readonly call: (args: readonly string[], surroundings: Surroundings) => Promise<number>
}

export interface CommandSpec<O extends Options> {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** How it is written, one line a form, without the program's name. */
  readonly usage: readonly string[]
  /** Paragraphs under the usage. */
  readonly about: string
  readonly options: O
  /** What is not an option: name in the help, and how many. */
  readonly operands: { readonly name: string; readonly least: number; readonly most: number }
  readonly examples: readonly string[]
  /** Meaning of the exit statuses 0 and 1. */
  readonly exit: { readonly 0: string; readonly 1: string }
  readonly run: (
    values: Values<O>,
    operands: readonly string[],
    surroundings: Surroundings,
  ) => Promise<number>
}
