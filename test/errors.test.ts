import assert from 'node:assert/strict'
import { codedError, isCodedError } from '../errors/index.ts'

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
