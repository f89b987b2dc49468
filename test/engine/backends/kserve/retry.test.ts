import assert from 'node:assert/strict'
import { networkFailure, statusFailure, timeoutFailure } from '../../../../engine/backends/kserve/failure.ts'
import { retryBudget, withRetries } from '../../../../engine/backends/kserve/retry.ts'
import { fakeClock } from '../../../support/engine/fake-clock.ts'

const refused = () =>
  networkFailure(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 'x')
const status = (code: number, retryAfter?: string) =>
  statusFailure({ status: code, retryAfter, said: '' }, 'x', 'ENGINE_INFERENCE')

const setUp = (budget = retryBudget()) => {
  const time = fakeClock()
  let attempts = 0
  const closing = new AbortController()
  const run = (failures: readonly Error[], deadline = 1e9) =>
    withRetries(
      async () => {
        const failure = failures[attempts]
        attempts += 1
        if (failure !== undefined) throw failure
        return 'done'
      },
      { clock: time.clock, random: () => 0, budget, deadline, signal: closing.signal },
    )
  /** Lets what is waited for come, one after the other. */
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at += 50) {
      await new Promise(setImmediate)
      time.advance(50)
    }
    await new Promise(setImmediate)
  }
  return { ...time, run, pass, attempts: () => attempts, closing }
}

describe('a request to a server', () => {
  for (const [what, failure] of [
    ['a refused connection', refused()],
    ['status 503', status(503)],
    ['status 502', status(502)],
    ['status 429', status(429)],
  ] as const)
    it(`is done again after ${what}`, async () => {
      const { run, pass, attempts } = setUp()
      const result = run([failure, failure])
      await pass(1000)
      assert.equal(await result, 'done')
      assert.equal(attempts(), 3)
    })

  for (const [what, failure, code] of [
    ['a time-out', timeoutFailure('gave no answer', 5, 'x'), 'ENGINE_SERVER_AWAY'],
    ['status 504', status(504), 'ENGINE_SERVER_AWAY'],
    ['status 400', status(400), 'ENGINE_INFERENCE'],
    ['status 500', status(500), 'ENGINE_INFERENCE'],
    ['status 401', status(401), 'ENGINE_SERVER_AUTH'],
    ['status 403', status(403), 'ENGINE_SERVER_AUTH'],
    ['status 404', status(404), 'ENGINE_SERVER_MODEL'],
  ] as const)
    it(`is not done again after ${what}`, async () => {
      const { run, attempts } = setUp()
      await assert.rejects(run([failure]), { code })
      assert.equal(attempts(), 1)
    })

  it('is given up after four attempts', async () => {
    const { run, pass, attempts } = setUp()
    const result = run(Array.from({ length: 9 }, refused))
    result.catch(() => {})
    await pass(5000)
    await assert.rejects(result, { code: 'ENGINE_SERVER_AWAY' })
    assert.equal(attempts(), 4)
  })

  it('waits for as long as the server asks', async () => {
    const { run, pass, attempts } = setUp()
    const result = run([status(503, '3')])
    await pass(2900)
    assert.equal(attempts(), 1)
    await pass(200)
    assert.equal(await result, 'done')
  })

  it('is given up at once where the server asks for longer than a line can wait, or its time would be over', async () => {
    const { run } = setUp()
    await assert.rejects(run([status(429, '60')]), { code: 'ENGINE_SERVER_AWAY' })
    await assert.rejects(run([refused(), refused()], 10), { code: 'ENGINE_SERVER_AWAY' })
  })

  it('is given up when the backend is closed', async () => {
    const { run, closing, attempts } = setUp()
    const result = run([refused()])
    await new Promise(setImmediate)
    closing.abort()
    await assert.rejects(result, { code: 'ENGINE_SERVER_AWAY' })
    assert.equal(attempts(), 1)
  })

  it('is done again by nobody while most have failed lately, and again when it has worked for a while', async () => {
    const budget = retryBudget()
    for (let i = 0; i < 5; i++) budget.failed()
    assert.equal(budget.failed(), false)
    for (let i = 0; i < 20; i++) budget.succeeded()
    assert.equal(budget.failed(), false)
    for (let i = 0; i < 20; i++) budget.succeeded()
    assert.equal(budget.failed(), true)
  })
})
