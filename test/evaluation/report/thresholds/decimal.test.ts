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

  it('has four that mean something where scores are small', () => {
    assert.equal(decimalBetween(0.0058823, { below: 0.005, above: 0.5 }), '0.005882')
    assert.equal(decimalBetween(5.8e-6, { below: 5.8e-6, above: 1 }), '0.000005801')
    assert.equal(decimalBetween(5.8e-9, { below: 5.8e-9, above: 1 }), '5.801e-9')
    assert.equal(decimalBetween(Number.MIN_VALUE, { below: 0, above: 1 }), '4.941e-324')
    for (let exponent = 0; exponent > -300; exponent--) {
      const near = 0.123456 * 10 ** exponent
      const found = Number(decimalBetween(near, { below: near * 0.9, above: 1 }))
      assert.ok(Math.abs(found / near - 1) < 1e-3, `${near}: ${found}`)
    }
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
