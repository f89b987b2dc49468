import { parseArgs } from 'node:util'
import { messageOf } from '../errors/index.ts'
import { helpOf } from './help.ts'
import { flag, type Options, usageError, type Values } from './options.ts'
import type { Command, CommandSpec } from './types.ts'

/** Makes a command that parses its own arguments and answers `--help`. Arguments nobody can mean throw CLI_USAGE. */
export const defineCommand = <O extends Options>(spec: CommandSpec<O>): Command => {
  const help = helpOf(spec)
  return {
    name: spec.name,
    summary: spec.summary,
    help,
    call: async (args, surroundings) => {
      const { given, operands } = split(spec, args)
      if (given.help === true) {
        await surroundings.print(help)
        return 0
      }
      return spec.run(read(spec.options, given), checkCount(spec, operands), surroundings)
    },
  }
}

type Given = Readonly<Record<string, string | boolean | undefined>>

const split = <O extends Options>(spec: CommandSpec<O>, args: readonly string[]) => {
  const shape = Object.entries({ ...spec.options, help: flag('') }).map(([name, option]) => [
    name,
    {
      type: option.placeholder === null ? 'boolean' : 'string',
      ...(name === 'help' ? { short: 'h' } : {}),
    } as const,
  ])
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(shape),
      allowPositionals: true,
    })
    return { given: values as Given, operands: positionals }
  } catch (error) {
    // Node adds advice about `--` to its first sentence; the hint that we add is the shorter one.
    const found = messageOf(error).split(/\n|\. /)[0]
    throw usageError(`${found?.replace(/\.$/, '')}. See: anomalyclip ${spec.name} --help`)
  }
}

const read = <O extends Options>(options: O, given: Given): Values<O> =>
  Object.fromEntries(
    Object.entries(options)
      .filter(([name]) => given[name] !== undefined)
      .map(([name, option]) => [name, option.read(String(given[name]), name)]),
  ) as Values<O>

const checkCount = <O extends Options>(
  spec: CommandSpec<O>,
  operands: readonly string[],
): readonly string[] => {
  const { name, least, most } = spec.operands
  const hint = `See: anomalyclip ${spec.name} --help`
  if (operands.length < least) throw usageError(`${spec.name} needs ${name}, and none was given. ${hint}`)
  if (operands.length > most)
    throw usageError(
      `${spec.name} takes ${most === 0 ? 'options only' : `one ${name}`}; '${operands[most]}' is too many. ${hint}`,
    )
  return operands
}
