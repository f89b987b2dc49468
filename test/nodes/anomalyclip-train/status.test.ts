import assert from 'node:assert/strict'
import { codedError } from '../../../errors/index.ts'
import { failedDot, gatheredDot, progressDot } from '../../../nodes/anomalyclip-train/status.ts'

describe('the dot of anomalyclip-train', () => {
  it('counts all images, the held-out ones among them', () => {
    const { text } = gatheredDot({ good: 8, bad: 4, masks: 4 }, { good: 2, bad: 1, masks: 0 })
    assert.equal(text, 'good 10 bad 5')
  })

  it('says how far a training is', () => {
    for (const [step, line, text] of [
      ['train', 'reading images', 'features'],
      ['train', 'features of images  40 %  2 min left', 'features 40 %'],
      ['train', 'epoch 3 of 15  100 %  loss 5.1 (images 1.2, maps 3.9)', 'epoch 3/15'],
      ['build', 'writing the graph  52 %', 'build 52 %'],
      ['compare', 'images, model 1 of 2, nano  70 %  line', 'compare 70 %'],
    ] as const)
      assert.equal(progressDot({ step, text: line }).text, text)
  })

  it('shows the code of an error', () => {
    assert.equal(failedDot(codedError('RETRAINING_BUSY', 'x')).text, 'RETRAINING_BUSY')
    assert.equal(failedDot('x').text, 'failed')
  })
})
