import assert from 'node:assert/strict'
import { recommend } from '../../../cli/bench/recommend.ts'
import type { VariantResult } from '../../../cli/bench/rounds.ts'
import type { Chosen } from '../../../cli/evaluate/models.ts'

const result = (name: string, threads: number, batch: number, ms: number | null): VariantResult => ({
  variant: { model: { name } as Chosen, threads, batch },
  runs: ms === null ? [] : [{ readyMs: 1, inferMs: [ms], decodeMs: [0], peakMB: null }],
  failure: ms === null ? 'ENGINE_CRASHED: it was too large' : null,
})

describe('recommended settings', () => {
  it('are the smallest batch and the fewest threads that are as good as the fastest', () => {
    const advice = recommend([
      result('a', 0, 1, 100),
      result('a', 0, 4, 60),
      result('a', 0, 8, 59),
      result('a', 1, 1, 180),
      result('a', 2, 1, 101),
    ])!
    assert.deepEqual([advice.batch, advice.threads], [4, 2])
    assert.match(advice.sentences.join(' '), /1\.67 ×/)
    assert.ok(Math.abs(advice.perSecond - 1000 / 60) < 1e-9)
  })

  it('are single images where batches bring nothing, and all cores where fewer are slower', () => {
    const advice = recommend([result('a', 0, 1, 100), result('a', 0, 4, 98), result('a', 1, 1, 150)])!
    assert.deepEqual([advice.batch, advice.threads], [1, 0])
  })

  it('take another precision only where it was measured to be faster', () => {
    const slower = recommend([result('fp32', 0, 1, 100), result('int8', 0, 1, 105)])!
    assert.equal(slower.model, 'fp32')
    assert.match(slower.sentences[0]!, /none is faster here than fp32/)
    const faster = recommend([result('fp32', 0, 1, 100), result('int8', 0, 1, 50)])!
    assert.equal(faster.model, 'int8')
    assert.match(faster.sentences[0]!, /int8 is 2\.00 × as fast as fp32/)
  })

  it('pass over what failed, and are none where everything did', () => {
    assert.equal(recommend([result('a', 0, 1, null), result('a', 0, 2, 10)])!.batch, 2)
    assert.equal(recommend([result('a', 0, 1, null)]), null)
  })

  it('count decoding into what the machine can do', () => {
    const [first] = [result('a', 0, 1, 10)]
    const withDecoding = { ...first!, runs: [{ ...first!.runs[0]!, decodeMs: [30] }] }
    assert.equal(recommend([withDecoding])!.perSecond, 25)
  })
})
