import assert from 'node:assert/strict'
import { backoff } from '../../connect/backoff.ts'

describe('the waits between two attempts', () => {
  it('begin soon, double, and stay under their cap for ever', () => {
    const waits = backoff({ first: 250, cap: 4_000, random: () => 0 })
    assert.deepEqual(
      Array.from({ length: 7 }, () => waits.next().value),
      [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000],
    )
  })

  it('are shortened by up to a half', () => {
    assert.equal(backoff({ first: 250, cap: 4_000, random: () => 1 }).next().value, 125)
  })

  it('are never longer than the cap, the first one neither', () => {
    assert.equal(backoff({ first: 5_000, cap: 1_000, random: () => 0 }).next().value, 1_000)
  })
})
