import assert from 'node:assert/strict'
import type { ModelChange } from '../../../cli/bench/change.ts'
import { adviceInWords, recommend } from '../../../cli/bench/recommend.ts'
import type { VariantResult } from '../../../cli/bench/rounds.ts'
import type { Chosen } from '../../../cli/evaluate/models.ts'

const result = (name: string, threads: number, batch: number, ms: number | null): VariantResult => ({
  variant: { model: { name } as Chosen, threads, batch },
  runs: ms === null ? [] : [{ readyMs: 1, inferMs: [ms], decodeMs: [0], peakMB: null }],
  failure: ms === null ? 'ENGINE_CRASHED: it was too large' : null,
})

const reference = (name: string, auroc: number | null = null): ModelChange => ({
  ...{ name, auroc },
  change: null,
  failure: null,
})

/** Off by so much, in score and map. */
const changed = (name: string, off: number, auroc: number | null = null): ModelChange => ({
  ...{ name, auroc },
  change: { images: 8, meanScore: off, maxScore: 2 * off, meanMap: off, maxMap: 2 * off },
  failure: null,
})

describe('recommended settings', () => {
  it('are the smallest batch that is as good as the fastest, with the threads that it was measured with', () => {
    const advice = recommend(
      [
        result('a', 0, 1, 100),
        result('a', 0, 4, 60),
        result('a', 0, 8, 59),
        result('a', 1, 1, 180),
        result('a', 2, 1, 101),
      ],
      [],
    )!
    assert.deepEqual([advice.batch, advice.threads], [4, 0])
    assert.match(advice.reasons.join(' '), /1\.67 ×/)
    assert.ok(Math.abs(advice.perSecond - 1000 / 60) < 1e-9)
  })

  it('are single images on the fewest threads where batches bring nothing', () => {
    const advice = recommend(
      [
        result('a', 0, 1, 100),
        result('a', 0, 4, 98),
        result('a', 1, 1, 180),
        result('a', 2, 1, 100.5),
        result('a', 3, 1, 100),
      ],
      [],
    )!
    assert.deepEqual([advice.batch, advice.threads], [1, 2])
    assert.equal(advice.perSecond, 1000 / 100.5)
    assert.match(advice.reasons.join('\n'), /Threads: 2; an image takes 101 ms, with all cores 100 ms/)
  })

  it('are single images where batches bring nothing, and all cores where fewer are slower', () => {
    const rows = [result('a', 0, 1, 100), result('a', 0, 4, 98), result('a', 1, 1, 150)]
    const advice = recommend(rows, [])!
    assert.deepEqual([advice.batch, advice.threads], [1, 0])
  })

  it('take another precision only where it was measured to be faster', () => {
    const changes = [reference('fp32'), changed('int8', 0.01)]
    const slower = recommend([result('fp32', 0, 1, 100), result('int8', 0, 1, 105)], changes)!
    assert.equal(slower.model, 'fp32')
    assert.match(slower.reasons[0]!, /none is faster here than fp32/)
    const faster = recommend([result('fp32', 0, 1, 100), result('int8', 0, 1, 50)], changes)!
    assert.equal(faster.model, 'int8')
    assert.match(faster.reasons[0]!, /int8 is 2\.00 × as fast as fp32; score off by 0\.010 and map by 0\.010/)
  })

  it('take no faster model that is worse on labelled images, and say by how much', () => {
    const rows = [result('518', 0, 1, 100), result('240', 0, 1, 20), result('392', 0, 1, 50)]
    const changes = [reference('518', 0.98), changed('240', 0.02, 0.6), changed('392', 0.2, 0.975)]
    const advice = recommend(rows, changes)!
    assert.equal(advice.model, '392')
    assert.match(
      advice.reasons[0]!,
      /not 240, though it is 5\.00 × as fast as 518: AUROC 60\.0 % instead of 98\.0 %/,
    )
    assert.match(advice.reasons[1]!, /392 is 2\.00 × as fast as 518; AUROC 97\.5 % instead of 98\.0 %/)
    const without = recommend(rows.slice(0, 2), changes)!
    assert.equal(without.model, '518')
    assert.match(without.reasons[1]!, /what is faster here does not say the same/)
  })

  it('take no faster model that says something else, or of which nobody knows', () => {
    const rows = [result('518', 0, 1, 100), result('240', 0, 1, 20)]
    assert.equal(recommend(rows, [reference('518'), changed('240', 0.06)])!.model, '518')
    assert.equal(recommend(rows, [reference('518'), changed('240', 0.04)])!.model, '240')
    const failed = { ...reference('518'), failure: 'ENGINE_CRASHED' }
    for (const changes of [[], [failed, reference('240')], [reference('518'), { ...failed, name: '240' }]]) {
      const advice = recommend(rows, changes)!
      assert.equal(advice.model, '518')
      assert.match(advice.reasons[0]!, /could not be compared/)
    }
  })

  it('pass over what failed, and are none where everything did', () => {
    assert.equal(recommend([result('a', 0, 1, null), result('a', 0, 2, 10)], [])!.batch, 2)
    assert.equal(recommend([result('a', 0, 1, null)], []), null)
    const atLast = { ...result('a', 0, 8, 5), failure: 'ENGINE_CRASHED: not in the second round' }
    assert.equal(recommend([result('a', 0, 1, 10), atLast], [])!.batch, 1)
  })

  it('count decoding into what the machine can do', () => {
    const [first] = [result('a', 0, 1, 10)]
    const withDecoding = { ...first!, runs: [{ ...first!.runs[0]!, decodeMs: [30] }] }
    const advice = recommend([withDecoding], [])!
    assert.equal(advice.perSecond, 25)
    assert.match(adviceInWords(advice).at(-1)!, /^Queue: up to about 20\.0 images a second/)
  })
})
