import assert from 'node:assert/strict'
import { balanceOf } from '../../../models/precision/balance.ts'
import { int4Error } from '../../../models/precision/int4.ts'
import { int8Error } from '../../../models/precision/int8.ts'
import { together } from '../../../models/precision/observe.ts'
import { randomNumbers } from '../../support/random-numbers.ts'

const [INPUTS, OUTPUTS] = [64, 48]

/** A layer whose channel 5 holds a hundred times what the others do. */
const layer = (outlier: number) => {
  const high = new Float32Array(INPUTS).fill(1).with(5, outlier)
  return {
    rows: randomNumbers(OUTPUTS * INPUTS, 3),
    inputs: INPUTS,
    ranges: { low: high.map((value) => -value), high, square: high.map((value) => (value * value) / 3) },
  }
}

describe('the balance of a layer', () => {
  for (const [name, error] of [
    ['int8', int8Error],
    ['int4', int4Error],
  ] as const) {
    it(`takes most of an outlier channel away from the activations, and the predicted error with it (${name})`, () => {
      const seen = layer(100)
      const s = balanceOf(seen, error, 1)!
      assert.ok(s[5]! > 3 * s[6]!, `${s[5]} beside ${s[6]}`)
      assert.ok(error(seen, s) < 0.5 * error(seen, new Float32Array(INPUTS).fill(1)))
    })

    it(`is none where it would not be worth its price (${name})`, () => {
      assert.equal(balanceOf(layer(1), error, 0.5), null)
    })
  }

  it('the predicted error is the one that rounding brings, within a third', () => {
    const seen = layer(4)
    const s = new Float32Array(INPUTS).fill(1)
    // Rounded as the operator does it, over random activations within the ranges.
    const step = 8 / 255
    const rows = 400
    const x = randomNumbers(rows * INPUTS, 9).map((value, i) => value * seen.ranges.high[i % INPUTS]!)
    let lost = 0
    for (let output = 0; output < OUTPUTS; output++) {
      const weights = seen.rows.subarray(output * INPUTS, (output + 1) * INPUTS)
      const scale = Math.max(...weights.map(Math.abs)) / 64
      for (let row = 0; row < rows; row++) {
        let off = 0
        for (const [input, weight] of weights.entries()) {
          const value = x[row * INPUTS + input]!
          off += Math.round(value / step) * step * Math.round(weight / scale) * scale - value * weight
        }
        lost += off * off
      }
    }
    const predicted = int8Error(seen, s)
    assert.ok(Math.abs(lost / rows / predicted - 1) < 1 / 3, `${lost / rows} beside ${predicted}`)
  })

  it('a channel that holds nothing, and one that nobody reads, leave every number finite', () => {
    const seen = layer(10)
    seen.ranges.low[7] = seen.ranges.high[7] = seen.ranges.square[7] = 0
    for (let output = 0; output < OUTPUTS; output++) seen.rows[output * INPUTS + 8] = 0
    const s = balanceOf(seen, int8Error, 1)!
    assert.ok(s.every((value) => Number.isFinite(value) && value > 0))
  })
})

describe('ranges of several images', () => {
  it('reach from the smallest to the largest, and their squares are averaged by share', () => {
    const range = (low: number, high: number, square: number) => ({
      low: Float32Array.of(low),
      high: Float32Array.of(high),
      square: Float32Array.of(square),
    })
    assert.deepEqual(together([range(-1, 2, 4), range(-3, 1, 8)], [0.75, 0.25]), range(-3, 2, 5))
  })
})
