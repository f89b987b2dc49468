import assert from 'node:assert/strict'
import { judge } from '../../retraining/verdict.ts'

/** Of images named by their place: the first `good` are good. */
const model = (good: readonly number[], bad: readonly number[], pixelAuroc: number | null = null) => ({
  pixelAuroc,
  scored: [
    ...good.map((score) => ({ label: 0 as const, score })),
    ...bad.map((score) => ({ label: 1 as const, score })),
  ].map((one, index) => ({ ...one, name: String(index), peak: 0 })),
})

const GOOD = [1, 2, 3, 4, 5, 6]
const MIXED = model(GOOD, [2.5, 3.5, 1.5, 6.5, 4.5, 0.5])
const APART = model(GOOD, [7, 8, 9, 10, 11, 12])

describe('the comparison of two models', () => {
  it('says better or worse where the difference is more than chance', () => {
    assert.equal(judge(MIXED, APART).verdict, 'better')
    const worse = judge(APART, MIXED)
    assert.equal(worse.verdict, 'worse')
    assert.ok(worse.difference!.low < worse.difference!.high && worse.difference!.high < 0)
  })

  it('is undecided where nothing differs, or less than chance would make', () => {
    const same = judge(APART, APART)
    assert.deepEqual([same.verdict, same.difference], ['undecided', { auroc: 0, low: 0, high: 0 }])
    const little = judge(MIXED, model(GOOD, [2.5, 3.5, 1.5, 6.5, 4.5, 1.5]))
    assert.equal(little.verdict, 'undecided')
    assert.ok(little.difference!.auroc > 0)
  })

  it('is undecided with fewer than five images of a kind, and says so', () => {
    const few = judge(model(GOOD, [1, 1, 1, 1]), model(GOOD, [9, 9, 9, 9]))
    assert.equal(few.difference, null)
    assert.match(few.reason, /6 good and 4 bad images are held out, and it takes 5 of each to tell, of 25/)
  })

  it('looks only at images that both have scored', () => {
    const { scored } = APART
    assert.equal(judge(MIXED, { pixelAuroc: null, scored: scored.slice(0, 10) }).verdict, 'undecided')
  })

  it('is undecided where the map got worse, and does not take a missing figure for a good one', () => {
    const mixed = { ...MIXED, pixelAuroc: 0.9 }
    assert.equal(judge(mixed, { ...APART, pixelAuroc: 0.895 }).verdict, 'better')
    assert.equal(judge(mixed, { ...APART, pixelAuroc: 0.85 }).verdict, 'undecided')
    assert.equal(judge(mixed, APART).verdict, 'undecided')
  })

  it('has the interval of DeLong, DeLong and Clarke-Pearson', () => {
    // From the definition, with the variances of one model: those of the other are 0, as it tells all apart.
    const { difference } = judge(MIXED, APART)
    const psi = (bad: number, good: number) => (bad > good ? 1 : bad === good ? 0.5 : 0)
    const bads = MIXED.scored.slice(6).map(({ score }) => score)
    const v10 = bads.map((bad) => GOOD.reduce((sum, good) => sum + psi(bad, good), 0) / 6)
    const v01 = GOOD.map((good) => bads.reduce((sum, bad) => sum + psi(bad, good), 0) / 6)
    const variance = (values: readonly number[]) => {
      const mean = values.reduce((a, b) => a + b) / values.length
      return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 5
    }
    const error = 1.96 * Math.sqrt(variance(v10) / 6 + variance(v01) / 6)
    const auroc = 1 - v10.reduce((a, b) => a + b) / 6
    assert.ok(Math.abs(difference!.auroc - auroc) < 1e-12)
    assert.ok(Math.abs(difference!.low - (auroc - error)) < 1e-12)
  })
})
