import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { persist } from '../../../nodes/wiring/persist.ts'

const settled = () => new Promise((later) => setImmediate(later))

describe('something that is started again until it runs', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  const setUp = (failures: number) => {
    const told: unknown[] = []
    let attempts = 0
    const thing = persist(
      async () => {
        if (++attempts <= failures) throw new Error(`no ${attempts}`)
        return attempts
      },
      (thrown) => told.push(thrown),
      1000,
    )
    return { told, thing, attempts: () => attempts }
  }

  it('tells of each failure and gives its error, then what was started', async () => {
    const { told, thing } = setUp(2)
    await assert.rejects(thing.get(), /no 1/)
    mock.timers.tick(1000)
    await assert.rejects(thing.get(), /no 2/)
    mock.timers.tick(1000)
    assert.equal(await thing.get(), 3)
    assert.equal(told.length, 2)
    const ended: number[] = []
    await thing.close(async (started) => void ended.push(started))
    assert.deepEqual(ended, [3])
  })

  it('is not tried again once it was closed', async () => {
    const { thing, attempts } = setUp(9)
    await settled()
    await thing.close(async () => assert.fail('it never ran'))
    mock.timers.tick(10_000)
    await settled()
    assert.equal(attempts(), 1)
  })
})
