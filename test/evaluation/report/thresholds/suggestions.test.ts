import assert from 'node:assert/strict'
import { suggestionsOf } from '../../../../evaluation/report/thresholds/index.ts'
import { falseRejectBound } from '../../../../inspection/calibration/index.ts'
import { categoryOf } from '../details.ts'

/** 0.01, 0.02 … */
const hundredths = (count: number): number[] => Array.from({ length: count }, (_, i) => (i + 1) / 100)

describe('the suggested thresholds', () => {
  it('of the highest F1 say what they would have done to these images', () => {
    const { f1max } = suggestionsOf(categoryOf([0.1, 0.2, 0.6], [0.5, 0.7, 0.8]), 0.01)
    assert.deepEqual(f1max, { score: '0.5000', pixel: null, bound: null, falseAlarms: 1, misses: 0 })
  })

  it('of a target rate are the lowest at which no larger share of the good images are alarms', () => {
    const category = categoryOf(hundredths(50), [0.485, 0.9])
    for (const [rate, score, falseAlarms, misses] of [
      [0, '0.5001', 0, 1],
      [0.019, '0.5001', 0, 1],
      [0.02, '0.4901', 1, 1],
      [0.04, '0.4801', 2, 0],
      [0.1, '0.4501', 5, 0],
    ] as const) {
      const found = suggestionsOf(category, rate).rate
      assert.deepEqual(
        [found?.score, found?.falseAlarms, found?.misses],
        [score, falseAlarms, misses],
        `${rate}`,
      )
      assert.equal(found?.bound, falseRejectBound(50, falseAlarms + 1))
    }
  })

  it('of a target rate keep to it where good images have equal scores', () => {
    const { rate } = suggestionsOf(categoryOf([...hundredths(17), 0.5, 0.5, 0.5], [0.6]), 0.1)
    assert.deepEqual([rate?.score, rate?.falseAlarms], ['0.5001', 0])
  })

  it('of a target rate are none where more good images than that have a score of 1', () => {
    const category = categoryOf([0.5, 1, 1], [1])
    assert.equal(suggestionsOf(category, 0.01).rate, null)
    assert.equal(suggestionsOf(category, 0.01).quantile, null)
  })

  it('of 99 % of the good are those of threshold-CATEGORY.json, and judge the map too', () => {
    const category = categoryOf(hundredths(100), [0.5, 0.605])
    const withPeaks = {
      ...category,
      scored: category.scored.map((image) => (image.score === 0.605 ? { ...image, peak: 0.9 } : image)),
    }
    const { quantile } = suggestionsOf(withPeaks, 0.01)
    assert.deepEqual(quantile, {
      score: '0.9901',
      pixel: '0.4951',
      bound: category.threshold?.falseRejectBound,
      falseAlarms: 1,
      misses: 1,
    })
  })

  it('divide the images as the unrounded ones do, where scores crowd below 1', () => {
    const good = hundredths(40).map((x) => 1 - x / 1e6)
    const bad = good.map((score) => score + 5e-9)
    const category = categoryOf(good, bad)
    const { f1max, rate, quantile } = suggestionsOf(category, 0.05)
    assert.equal(rate?.falseAlarms, 2)
    for (const found of [f1max, rate]) {
      const over = good.filter((score) => score >= Number(found?.score)).length
      assert.equal(over, found?.falseAlarms)
    }
    assert.equal(quantile?.falseAlarms, 0)
  })

  it('are what they can be where images of one kind are missing', () => {
    const onlyGood = suggestionsOf(categoryOf([0.1, 0.2], []), 0.01)
    assert.equal(onlyGood.f1max, null)
    assert.equal(onlyGood.rate?.score, '0.2001')
    const onlyBad = suggestionsOf(categoryOf([], [0.1, 0.2]), 0.01)
    assert.deepEqual([onlyBad.f1max, onlyBad.rate, onlyBad.quantile], [null, null, null])
  })
})
