import assert from 'node:assert/strict'
import { statusNotifier } from '../../engine/notifier.ts'
import { rateMeter } from '../../engine/rate.ts'
import type { EngineStatus } from '../../engine/types.ts'
import { fakeClock } from '../support/engine/fake-clock.ts'

const idle: EngineStatus = {
  state: 'ready',
  device: 'cpu',
  step: null,
  loaded: null,
  smaller: null,
  queued: 0,
  queuedBytes: 0,
  running: 0,
  done: 0,
  failed: 0,
  dropped: 0,
  droppedBySource: {},
  cancelled: 0,
  restarts: 0,
  rate: 0,
  pid: 1,
  lastError: null,
}

const setUp = () => {
  const time = fakeClock()
  let status = idle
  const seen: EngineStatus[] = []
  const notifier = statusNotifier(time.clock, () => status)
  const unsubscribe = notifier.subscribe((told) => seen.push(told))
  const change = (changes: Partial<EngineStatus>) => {
    status = { ...status, ...changes }
    notifier.touch()
  }
  return { ...time, seen, change, unsubscribe }
}

describe('status notifications', () => {
  it('tell a change of state at once', () => {
    const { seen, change } = setUp()
    change({ state: 'restarting' })
    change({ state: 'ready' })
    change({ state: 'closed' })
    assert.deepEqual(
      seen.map(({ state }) => state),
      ['restarting', 'ready', 'closed'],
    )
  })

  it('tell counters at most four times a second, and the last count always', () => {
    const { seen, change, advance } = setUp()
    for (let done = 1; done <= 100; done++) {
      change({ done })
      advance(10)
    }
    advance(250)
    assert.ok(seen.length <= 6, `${seen.length} notifications in a second`)
    assert.equal(seen.at(-1)?.done, 100)
  })

  it('go on while the rate falls by itself, and end when it is zero', () => {
    const { clock, advance, pending } = fakeClock()
    const rate = rateMeter(clock.now)
    const seen: number[] = []
    const notifier = statusNotifier(clock, () => ({ ...idle, rate: rate.perSecond() }))
    notifier.subscribe((status) => seen.push(status.rate))
    for (let i = 0; i < 20; i++) rate.count()
    notifier.touch()
    advance(20_000)
    assert.equal(seen[0], 2)
    assert.equal(seen.at(-1), 0)
    assert.equal(pending(), 0)
  })

  it('end with the subscription', () => {
    const { seen, change, unsubscribe } = setUp()
    unsubscribe()
    change({ state: 'closed' })
    assert.deepEqual(seen, [])
  })
})

describe('the rate', () => {
  it('is taken over the last ten seconds', () => {
    const { clock, advance } = fakeClock()
    const rate = rateMeter(clock.now)
    rate.count()
    advance(6000)
    rate.count()
    rate.count()
    assert.equal(rate.perSecond(), 0.3)
    advance(4000)
    assert.equal(rate.perSecond(), 0.2)
    advance(6000)
    assert.equal(rate.perSecond(), 0)
  })
})
