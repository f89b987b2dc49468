import { isCodedError, messageOf } from '../errors/index.ts'
import { thisPackage } from '../models/package.ts'
import { programHelp } from './help.ts'
import { oneLine } from './one-line.ts'
import { usageError } from './options.ts'
import type { Command, Surroundings } from './types.ts'

const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** Runs one command line (without node and script) and resolves with the exit status; never rejects. */
export type Program = (
  args: readonly string[],
  surroundings: Surroundings,
  options: { readonly debug: boolean },
) => Promise<number>

/** A program of these commands. */
export const programOf =
  (commands: readonly Command[]): Program =>
  async (args, surroundings, { debug }) => {
    try {
      return await dispatch(commands, args, surroundings)
    } catch (error) {
      // `anomalyclip … | head`: the reader has all it wanted, which is no fault of anybody.
      if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return EXIT.done
      if (surroundings.signal.aborted) {
        surroundings.complain('anomalyclip: interrupted')
        return EXIT.interrupted
      }
      surroundings.complain(
        `anomalyclip: ${debug && error instanceof Error ? error.stack : oneLine(messageOf(error))}`,
      )
      return isCodedError(error, 'CLI_USAGE') ? EXIT.usage : EXIT.failed
    }
  }

const dispatch = async (
  commands: readonly Command[],
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> => {
  const commandNamed = (name: string | undefined) => commands.find((command) => command.name === name)
  const [first, ...rest] = args
  if (first === '--version') {
    await surroundings.print(thisPackage.version)
    return EXIT.done
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    await surroundings.print(commandNamed(rest[0])?.help ?? programHelp(commands))
    return EXIT.done
  }
  const command = commandNamed(first)
  if (command === undefined) {
    const names = commands.map(({ name }) => name).join(', ')
    const found = first === undefined ? 'no command was given' : `there is no command '${first}'`
    throw usageError(`${found}; expected one of ${names}. See: anomalyclip --help`)
  }
  return command.call(rest, surroundings)
}
