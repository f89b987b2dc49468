import assert from 'node:assert/strict'
import { timeLeft } from '../../cli/time-left.ts'

describe('time left', () => {
  it('is what the rest takes at the pace so far, without the start', () => {
    let now = 60_000
    const clock = timeLeft(101, () => now)
    assert.equal(clock.next(), 1 / 101)
    assert.equal(clock.left(), '')
    now += 500
    clock.next()
    assert.equal(clock.left(), '50 s left')
  })

  it('is told in minutes and hours where it is longer', () => {
    let now = 0
    const clock = timeLeft(2_001, () => now)
    clock.next()
    now += 3_000
    clock.next()
    assert.equal(clock.left(), '1.7 h left')
    const short = timeLeft(202, () => now)
    short.next()
    now += 600
    short.next()
    assert.equal(short.left(), '2 min left')
  })

  it('does not take the pace of what was only fetched', () => {
    let now = 0
    const clock = timeLeft(30, () => now)
    for (let i = 0; i < 10; i++) {
      now += 1
      clock.next({ isWork: false })
      assert.equal(clock.left(), '')
    }
    now += 2_000
    clock.next()
    now += 1
    clock.next({ isWork: false })
    assert.equal(clock.left(), '36 s left')
  })

  it('is not told when all is done', () => {
    const clock = timeLeft(2)
    clock.next()
    assert.equal(clock.next(), 1)
    assert.equal(clock.left(), '')
  })
})
