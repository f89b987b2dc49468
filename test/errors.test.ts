import assert from 'node:assert/strict'
import { codedError, isCodedError, shown } from '../errors/index.ts'

describe('coded errors', () => {
  it('carry their code as a property and in front of the message', () => {
    const error = codedError('MODEL_MISSING', 'nothing at x')
    assert.equal(error.code, 'MODEL_MISSING')
    assert.equal(error.message, 'MODEL_MISSING: nothing at x')
    assert.ok(isCodedError(error, 'MODEL_MISSING'))
    assert.ok(!isCodedError(error, 'MODEL_CORRUPT'))
  })

  it('are told apart from the errors of Node itself, which have codes too', () => {
    assert.ok(!isCodedError(Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })))
  })
})

describe('what is shown of an unexpected value', () => {
  it('is JSON, and words where JSON has none', () => {
    for (const [value, text] of [
      ['x', '"x"'],
      [{ a: 1 }, '{"a":1}'],
      [null, 'null'],
      [undefined, 'missing'],
      [Number.NaN, 'NaN'],
      [5n, '5'],
      [() => 0, 'a function'],
    ] as const)
      assert.equal(shown(value), text)
  })

  it('stays a line, however much there is: no image in the log', () => {
    assert.equal(shown(Buffer.alloc(3_000_000)), 'Buffer of 3000000 bytes')
    assert.ok(shown('x'.repeat(1000)).length < 130)
    assert.ok(shown({ payload: Buffer.alloc(1000) }).length < 130)
  })

  it('is a word for what JSON cannot take: circles', () => {
    const circle: Record<string, unknown> = {}
    circle.itself = circle
    assert.equal(shown(circle), 'something that cannot be shown')
  })
})
