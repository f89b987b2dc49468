import assert from 'node:assert/strict'
import { isCodedError } from '../../../errors/index.ts'
import {
  readChoice,
  readFlag,
  readLine,
  readNumber,
  readOptionalNumber,
  readTyped,
  requireVersion,
} from '../../../nodes/wiring/index.ts'

const isConfigError = (error: unknown) => isCodedError(error, 'NODE_CONFIG')

describe('a number of a saved configuration', () => {
  it('is read from the text that the editor leaves', () => {
    assert.equal(readNumber({ score: '0.5' }, 'score'), 0.5)
    assert.equal(readNumber({ score: 0.5 }, 'score'), 0.5)
  })

  it('takes the fallback when the field is empty or was not there when the flow was saved', () => {
    assert.equal(readNumber({ score: '' }, 'score', { fallback: 1 }), 1)
    assert.equal(readNumber({}, 'score', { fallback: 1 }), 1)
  })

  it('is refused when it is missing, not a number, not finite, not whole or out of range', () => {
    const rule = { min: 0, max: 10, integer: true }
    for (const score of [undefined, '', ' ', 'many', Number.NaN, 'Infinity', true, [3], '2.5', -1, 11])
      assert.throws(() => readNumber({ score }, 'score', rule), isConfigError, `${score}`)
  })

  it('says in its error which field holds what and what is allowed', () => {
    assert.throws(
      () => readNumber({ score: '7' }, 'score', { min: 0, max: 1 }),
      /"score" is "7", expected a number from 0 to 1/,
    )
  })

  it('that may be off is null when empty and checked when not', () => {
    assert.equal(readOptionalNumber({ warning: '' }, 'warning'), null)
    assert.equal(readOptionalNumber({ warning: '0' }, 'warning'), 0)
    assert.throws(() => readOptionalNumber({ warning: 'x' }, 'warning'), isConfigError)
  })
})

describe('a choice of a saved configuration', () => {
  it('is one of the words allowed, the fallback when empty, and an error otherwise', () => {
    const modes = ['fixed', 'calibrate'] as const
    assert.equal(readChoice({ mode: 'calibrate' }, 'mode', modes), 'calibrate')
    assert.equal(readChoice({}, 'mode', modes, 'fixed'), 'fixed')
    assert.throws(() => readChoice({}, 'mode', modes), isConfigError)
    assert.throws(() => readChoice({ mode: 'constructor' }, 'mode', modes, 'fixed'), isConfigError)
  })
})

describe('a typedInput of a saved configuration', () => {
  const read = (config: object) => readTyped(config, 'key', ['msg', 'str'], 'topic')

  it('takes the fallback when the flow was saved without it', () => {
    assert.deepEqual(read({}), { value: 'topic', type: 'msg' })
  })

  it('reads as empty text once it was emptied', () => {
    assert.deepEqual(read({ key: ' ', keyType: 'msg' }), { value: '', type: 'str' })
  })

  it('is refused when it holds no text or is of a type that is not offered', () => {
    for (const config of [{ key: 7 }, { key: 'a', keyType: 'jsonata' }])
      assert.throws(() => read(config), isConfigError)
  })
})

describe('a saved version', () => {
  it('is accepted up to the newest known and refused beyond', () => {
    requireVersion({}, 1)
    requireVersion({ version: 1 }, 1)
    assert.throws(() => requireVersion({ version: 2 }, 1), isConfigError)
  })
})

describe('a text of a saved configuration', () => {
  it('loses the blanks around it, and takes the fallback where it is empty or missing', () => {
    assert.equal(readLine({ site: ' ulm 2 ' }, 'site', 'x'), 'ulm 2')
    for (const site of ['', ' ', undefined, null]) assert.equal(readLine({ site }, 'site', 'x'), 'x')
    assert.equal(readLine({}, 'site'), '')
  })

  it('is refused when it is something else', () => {
    for (const site of [7, true, ['a']]) assert.throws(() => readLine({ site }, 'site'), isConfigError)
  })
})

describe('a tick of a saved configuration', () => {
  it('is true or false, and the fallback where it is missing', () => {
    assert.equal(readFlag({ retain: true }, 'retain', false), true)
    assert.equal(readFlag({ retain: false }, 'retain', true), false)
    assert.equal(readFlag({}, 'retain', true), true)
  })

  it('is refused when it is something else', () => {
    for (const retain of ['true', 1, ''])
      assert.throws(() => readFlag({ retain }, 'retain', false), isConfigError)
  })
})
