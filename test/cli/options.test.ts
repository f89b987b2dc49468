import assert from 'node:assert/strict'
import { number, numbers, oneOf, text } from '../../cli/options.ts'
import { isCodedError } from '../../errors/index.ts'

const usage = (error: unknown) => isCodedError(error, 'CLI_USAGE')

describe('values of options', () => {
  it('a whole number refuses fractions, blanks, words and what is too small', () => {
    const { read } = number('N', '', { least: 1 })
    assert.equal(read('518', 'image-size'), 518)
    for (const given of ['0', '1.5', '', ' ', 'many', '-3', 'Infinity', 'NaN'])
      assert.throws(() => read(given, 'image-size'), usage, given)
  })

  it('a number outside its range is told the range', () => {
    assert.throws(
      () => number('N', '', { least: 1, most: 9 }).read('10', 'n'),
      /expected a whole number from 1 to 9/,
    )
  })

  it('a number that need not be whole takes fractions', () => {
    assert.equal(number('S', '', { whole: false }).read('1.5', 'sigma'), 1.5)
  })

  it('a list of layers counts from 1 and leaves no gap between commas', () => {
    const { read } = numbers('A,B', '')
    assert.deepEqual(read('6, 12,24', 'features'), [6, 12, 24])
    for (const given of ['', '0', '6,,12', '6;12', '6,x', '1.5'])
      assert.throws(() => read(given, 'features'), usage, given)
  })

  it('a choice names what there is', () => {
    const { read } = oneOf(['fused', 'plain'], 'KIND', '')
    assert.equal(read('plain', 'attention'), 'plain')
    assert.throws(() => read('Plain', 'attention'), /expected fused or plain/)
  })

  it('an empty text is no path', () => {
    assert.throws(() => text('DIR', '').read('', 'map-dir'), usage)
  })
})
