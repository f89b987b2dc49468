import assert from 'node:assert/strict'
import { scoreText } from '../../../evaluation/report/words.ts'

describe('a score in the report', () => {
  it('has four decimals', () => {
    assert.equal(scoreText(0.71234), '0.7123')
    assert.equal(scoreText(1), '1.0000')
  })

  it('is never shown as 0 or as 1 unless it is', () => {
    assert.equal(scoreText(0), '0.0000')
    assert.equal(scoreText(0.00004), '0.0000400')
    assert.equal(scoreText(3.21e-9), '3.21e-9')
    assert.equal(scoreText(0.99999), '0.99999')
  })
})
