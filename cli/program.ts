import { isCodedError, messageOf } from '../errors/index.ts'
import { thisPackage } from '../models/package.ts'
import { bench } from './commands/bench.ts'
import { build } from './commands/build.ts'
import { classes } from './commands/classes.ts'
import { detect } from './commands/detect.ts'
import { evaluate } from './commands/evaluate.ts'
import { info } from './commands/info.ts'
import { models } from './commands/models.ts'
import { report } from './commands/report.ts'
import { train } from './commands/train.ts'
import { programHelp } from './help.ts'
import { oneLine } from './one-line.ts'
import { usageError } from './options.ts'
import type { Command, Surroundings } from './types.ts'

const COMMANDS: readonly Command[] = [detect, evaluate, report, models, build, train, bench, classes, info]

const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** Runs one command line (without node and script) and resolves with the exit status; never rejects. */
export const runProgram = async (
  args: readonly string[],
  surroundings: Surroundings,
  { debug }: { debug: boolean },
): Promise<number> => {
  try {
    return await dispatch(args, surroundings)
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

const dispatch = async (args: readonly string[], surroundings: Surroundings): Promise<number> => {
  const [first, ...rest] = args
  if (first === '--version') {
    await surroundings.print(thisPackage.version)
    return EXIT.done
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    await surroundings.print(commandNamed(rest[0])?.help ?? programHelp(COMMANDS))
    return EXIT.done
  }
  const command = commandNamed(first)
  if (command === undefined) {
    const names = COMMANDS.map(({ name }) => name).join(', ')
    const found = first === undefined ? 'no command was given' : `there is no command '${first}'`
    throw usageError(`${found}; expected one of ${names}. See: anomalyclip --help`)
  }
  return command.call(rest, surroundings)
}

const commandNamed = (name: string | undefined): Command | undefined =>
  COMMANDS.find((command) => command.name === name)
