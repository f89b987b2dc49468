import assert from 'node:assert/strict'
import { backoff } from '../../engine/backoff.ts'

describe('backoff', () => {
  const firstDelays = (count: number, random: () => number) => {
    const delays = backoff({ first: 100, cap: 1000, random })
    return Array.from({ length: count }, () => delays.next().value)
  }

  it('doubles from the first delay up to the cap', () => {
    assert.deepEqual(
      firstDelays(6, () => 0),
      [100, 200, 400, 800, 1000, 1000],
    )
  })

  it('shortens a delay by up to a half, so that engines do not come back in step', () => {
    assert.deepEqual(
      firstDelays(3, () => 1),
      [50, 100, 200],
    )
  })

  it('never exceeds the cap, not even at first', () => {
    const [delay] = backoff({ first: 5000, cap: 1000, random: () => 0 })
    assert.equal(delay, 1000)
  })
})
