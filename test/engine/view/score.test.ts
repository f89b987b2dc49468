import assert from 'node:assert/strict'
import { scoreBy } from '../../../engine/view/score.ts'

describe('the score of an image from its tiles', () => {
  const scores = [0.25, 1, 0.5, 0.25]

  it('is the highest, the mean of all, or the mean of the highest', () => {
    assert.equal(scoreBy('max', scores), 1)
    assert.equal(scoreBy('mean', scores), 0.5)
    assert.equal(scoreBy('top-2', scores), 0.75)
    assert.equal(scoreBy('top-1', scores), scoreBy('max', scores))
    assert.equal(scoreBy('top-9', scores), scoreBy('mean', scores))
  })

  it('is none where one of them is none, whatever the rule', () => {
    for (const rule of ['max', 'mean', 'top-1'] as const)
      assert.equal(scoreBy(rule, [0.5, Number.NaN, 1]), Number.NaN)
  })
})
