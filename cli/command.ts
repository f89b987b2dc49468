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

type Given = Readonly<Record<string, string | boolean | readonly string[] | undefined>>
type Tokens = NonNullable<ReturnType<typeof parseArgs>['tokens']>

const split = <O extends Options>(spec: CommandSpec<O>, args: readonly string[]) => {
  const shape = Object.entries({ ...spec.options, help: flag('') }).map(([name, option]) => [
    name,
    {
      type: option.placeholder === null ? 'boolean' : 'string',
      multiple: option.isRepeated ?? false,
      ...(name === 'help' ? { short: 'h' } : {}),
    } as const,
  ])
  try {
    const { values, tokens } = parseArgs({
      args: [...args],
      options: Object.fromEntries(shape),
      allowPositionals: true,
      tokens: true,
    })
    const { lists, operands } = gather(spec.options, tokens)
    return { given: { ...values, ...lists } as Given, operands }
  } catch (error) {
    // Node adds advice about `--` to its first sentence; the hint that we add is the shorter one.
    const found = messageOf(error).split(/\n|\. /)[0]
    throw usageError(`${found?.replace(/\.$/, '')}. See: anomalyclip ${spec.name} --help`)
  }
}

/** What stands behind a repeated option, up to the next one, are its values; the rest are operands. */
const gather = (options: Options, tokens: Tokens) => {
  const lists: Record<string, string[]> = {}
  const operands: string[] = []
  let list: string[] | null = null
  for (const token of tokens)
    if (token.kind === 'positional') (list ?? operands).push(token.value)
    else if (token.kind === 'option' && options[token.name]?.isRepeated) {
      list = lists[token.name] ?? []
      lists[token.name] = list
      list.push(token.value ?? '')
    } else list = null
  return { lists, operands }
}

const read = <O extends Options>(options: O, given: Given): Values<O> =>
  Object.fromEntries(
    Object.entries(options)
      .filter(([name]) => given[name] !== undefined)
      .map(([name, option]) => {
        const found = given[name]
        return [
          name,
          Array.isArray(found)
            ? found.map((text: string) => option.read(text, name))
            : option.read(String(found), name),
        ]
      }),
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
