import assert from 'node:assert/strict'
import { decimalBetween } from '../../../../evaluation/report/thresholds/decimal.ts'

describe('a threshold in few digits', () => {
  it('has four where they are enough', () => {
    assert.equal(decimalBetween(0.71, { below: 0.71, above: 0.73 }), '0.7101')
    assert.equal(decimalBetween(0.712345, { below: 0.7, above: 0.72 }), '0.7123')
  })

  it('has more where scores crowd below 1', () => {
    assert.equal(decimalBetween(0.99999, { below: 0.99999, above: 0.999995 }), '0.999991')
    assert.equal(decimalBetween(0.99999, { below: 0.9999, above: 0.99999 }), '0.99999')
  })

  it('is above the one and not above the other, however near they are', () => {
    for (let i = 0; i < 1000; i++) {
      const below = Math.sin(i) ** 2
      const above = below + (i % 7 === 0 ? Number.EPSILON : 10 ** -(i % 14))
      for (const near of [below, above]) {
        const found = Number(decimalBetween(near, { below, above }))
        assert.ok(found > below && found <= above, `${below} < ${found} <= ${above}`)
      }
    }
  })

  it('is none where nothing lies between them', () =>
    assert.equal(decimalBetween(1, { below: 1, above: 1 }), null))
})
