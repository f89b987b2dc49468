import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readRecommendation } from '../../../inspection/calibration/recommendation.ts'

const LEAST = { format: 'anomalyclip-threshold', version: 1, score: 0.8 }

describe('a threshold recommendation', () => {
  it('needs only format, version and score', () => {
    assert.deepEqual(readRecommendation(LEAST), {
      ...LEAST,
      warning: null,
      pixel: null,
      minArea: null,
      goodParts: 0,
      falseRejectBound: null,
      model: null,
    })
  })

  it('is read from the example in the documentation', () => {
    const page = readFileSync(new URL('../../../docs/thresholds.md', import.meta.url), 'utf8')
    const { goodParts, pixel } = readRecommendation(/```json\n([\s\S]*?)```/.exec(page)![1])
    assert.deepEqual([goodParts, pixel], [300, 0.7])
  })

  it('survives being read twice, as from a context store', () => {
    for (const ofClass of [{}, { className: 'metal nut' }]) {
      const once = readRecommendation({
        ...LEAST,
        pixel: 0.5,
        model: { name: 'nano', version: 'abc', ...ofClass, more: 1 },
      })
      assert.deepEqual(once.model, { name: 'nano', version: 'abc', ...ofClass })
      assert.deepEqual(readRecommendation(JSON.parse(JSON.stringify(once))), once)
    }
  })

  it('is refused with the field that is wrong', () => {
    const cases: [unknown, RegExp][] = [
      ['{"format"', /not JSON/],
      [undefined, /a undefined|an? undefined/],
      [null, /found null/],
      [[LEAST], /an array/],
      [{ ...LEAST, format: 'other' }, /"format" is "other"/],
      [{ ...LEAST, version: 2 }, /"version" is 2, expected 1/],
      [{ ...LEAST, score: undefined }, /"score" is missing/],
      [{ ...LEAST, score: '0.8' }, /"score" is "0.8"/],
      [{ ...LEAST, score: 1.1 }, /"score" is 1.1/],
      [{ ...LEAST, warning: 0.8 }, /"warning" is 0.8/],
      [{ ...LEAST, pixel: -1 }, /"pixel"/],
      [{ ...LEAST, minArea: 101 }, /"minArea"/],
      [{ ...LEAST, goodParts: 2.5 }, /"goodParts"/],
      [{ ...LEAST, model: 'nano' }, /expected a/],
      [{ ...LEAST, model: { name: 'nano' } }, /"model"/],
      [{ ...LEAST, model: { name: 'nano', version: '1', className: 7 } }, /"model.className" is 7/],
    ]
    for (const [given, message] of cases)
      assert.throws(() => readRecommendation(given), { code: 'THRESHOLD_RECOMMENDATION', message })
  })

  it('must not claim more than its good parts can vouch for', () => {
    assert.throws(() => readRecommendation({ ...LEAST, goodParts: 10, falseRejectBound: 0 }), {
      code: 'THRESHOLD_RECOMMENDATION',
      message: /"falseRejectBound" is 0, expected at least 0.2589/,
    })
    assert.equal(
      readRecommendation({ ...LEAST, goodParts: 10, falseRejectBound: 0.2588 }).falseRejectBound,
      0.2588,
    )
  })
})
