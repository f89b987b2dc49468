import assert from 'node:assert/strict'
import { defineCommand } from '../../cli/command.ts'
import { flag, number, repeated, someOf, text } from '../../cli/options.ts'

/** What a command with options of every kind is called with. */
const called = async (...args: string[]) => {
  let given: unknown
  const command = defineCommand({
    name: 'try',
    summary: '',
    usage: ['try'],
    about: '',
    options: {
      model: repeated(text('DIR', 'a model')),
      size: repeated(number('N', 'a size')),
      kinds: someOf(['good', 'bad'], 'A,B', 'kinds'),
      output: text('DIR', 'a folder'),
      loud: flag('loudly'),
    },
    operands: { name: 'operands', least: 0, most: 2 },
    examples: [],
    exit: { 0: '', 1: '' },
    run: async (values, operands) => {
      given = { values, operands }
      return 0
    },
  })
  const nothing = {
    print: async () => {},
    complain: () => {},
    rewrite: null,
    path: (path: string) => path,
    userDir: '',
    cacheDir: '',
    signal: new AbortController().signal,
  }
  await command.call(args, nothing)
  return { given, help: command.help }
}

describe('the options of a command', () => {
  it('may be repeated and have several values, in the order in which they stand', async () => {
    const { given } = await called('--model', 'a', 'b', '--output', 'o', '--model=c', 'd')
    assert.deepEqual(given, { values: { model: ['a', 'b', 'c', 'd'], output: 'o' }, operands: [] })
  })

  it('leave operands alone that stand before them, behind another option or behind --', async () => {
    const { given } = await called('x', '--model', 'a', '--loud', 'y')
    assert.deepEqual(given, { values: { model: ['a'], loud: true }, operands: ['x', 'y'] })
    const { given: other } = await called('--model', 'a', '--', 'y')
    assert.deepEqual(other, { values: { model: ['a'] }, operands: ['y'] })
  })

  it('check every one of their values', async () => {
    await assert.rejects(called('--size', '1', 'two'), {
      code: 'CLI_USAGE',
      message: /--size was given 'two'/,
    })
    await assert.rejects(called('--model', 'a', ''), { code: 'CLI_USAGE' })
    await assert.rejects(called('--model'), { code: 'CLI_USAGE' })
  })

  it('show in the help that they may be repeated', async () => {
    assert.match((await called()).help, /--model DIR\.\.\. +a model\n/)
  })

  it('are of some of the choices', async () => {
    const { given } = await called('--kinds', 'bad, good')
    assert.deepEqual(given, { values: { kinds: ['bad', 'good'] }, operands: [] })
    await assert.rejects(called('--kinds', 'good,ugly'), {
      code: 'CLI_USAGE',
      message: /'ugly'; expected good or bad/,
    })
  })
})
