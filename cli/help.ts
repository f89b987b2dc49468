import type { Option, Options } from './options.ts'
import type { Command, CommandSpec } from './types.ts'

const indent = (lines: string, by: number): string => lines.replaceAll('\n', `\n${' '.repeat(by)}`)

/** Terms with their explanations, the explanations in one column. */
const definitions = (pairs: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...pairs.map(([term]) => term.length)) + 2
  return pairs.map(([term, words]) => `  ${term.padEnd(width)}${indent(words, width + 2)}`).join('\n')
}

const written = ([name, option]: [string, Option<unknown>]): readonly [string, string] => [
  [`--${name}`, ...(option.placeholder === null ? [] : [option.placeholder])].join(' ') +
    (option.isRepeated ? '...' : ''),
  option.help,
]

/** The whole help of one command. */
export const helpOf = <O extends Options>(spec: CommandSpec<O>): string =>
  [
    `anomalyclip ${spec.name}: ${spec.summary}`,
    `Usage:\n${spec.usage.map((form) => `  anomalyclip ${form}`).join('\n')}`,
    spec.about,
    `Options:\n${definitions([...Object.entries(spec.options).map(written), ['-h, --help', 'show this']])}`,
    `Examples:\n${spec.examples.map((example) => `  ${example}`).join('\n')}`,
    `Exit status:\n${definitions([
      ['0', spec.exit[0]],
      ['1', spec.exit[1]],
      ['2', 'the command line was not understood; nothing was done'],
      ['130', 'interrupted with Ctrl-C'],
    ])}`,
  ].join('\n\n')

/** The help of the program: what commands there are. */
export const programHelp = (commands: readonly Command[]): string =>
  [
    'anomalyclip: zero-shot visual anomaly detection with AnomalyCLIP',
    'Usage:\n  anomalyclip COMMAND [OPTIONS]\n  anomalyclip COMMAND --help',
    `Commands:\n${definitions(commands.map(({ name, summary }) => [name, summary]))}`,
    `Options:\n${definitions([
      ['-h, --help', 'show this'],
      ['--version', 'show the version'],
    ])}`,
    'Examples:\n  anomalyclip detect part.jpg\n  anomalyclip models\n  anomalyclip build --help',
    'Results go to standard output, everything else to standard error. Errors start with a code\n' +
      'that docs/errors.md explains; with ANOMALYCLIP_DEBUG=1 they come with a stack trace.',
    `Exit status:\n${definitions([
      ['0', 'done'],
      ['1', 'something could not be done; standard error says what'],
      ['2', 'the command line was not understood; nothing was done'],
      ['130', 'interrupted with Ctrl-C'],
    ])}`,
  ].join('\n\n')
