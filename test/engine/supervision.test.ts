import assert from 'node:assert/strict'
import { startEngine } from '../../engine/engine.ts'
import type { EngineOptions, EngineStatus } from '../../engine/index.ts'
import { fakeClock } from '../support/engine/fake-clock.ts'
import { fakeProcesses } from '../support/engine/fake-process.ts'
import { grey } from '../support/engine/images.ts'

const setUp = (options: Partial<EngineOptions> = {}) => {
  const time = fakeClock()
  const processes = fakeProcesses()
  const engine = startEngine(
    { model: 'fake', ...options },
    { clock: time.clock, random: () => 0, launch: processes.launch },
  )
  /** Sends an image; its rejection counts as seen to. */
  const infer = () => {
    const result = engine.infer({ image: grey(1) })
    result.catch(() => {})
    return result
  }
  return { ...time, ...processes, engine, infer }
}

describe('supervision of the inference process', () => {
  it('is starting, then ready with the model and the device that the process names', async () => {
    const { engine, last } = setUp()
    assert.equal(engine.status().state, 'starting')
    assert.equal(engine.model?.name, undefined)
    last().becomeReady()
    assert.equal(engine.status().state, 'ready')
    assert.equal(engine.status().device, 'cpu')
    assert.equal((await engine.ready).name, 'fake')
    assert.equal(engine.model?.name, 'fake')
  })

  it('starts a process in place of one that died, after a pause that doubles from crash to crash', () => {
    const { engine, started, last, advance } = setUp()
    for (const pause of [250, 500, 1000]) {
      last().becomeReady()
      last().end({ signal: 'SIGSEGV' })
      assert.equal(engine.status().state, 'restarting')
      const before = started.length
      advance(pause - 1)
      assert.equal(started.length, before)
      advance(1)
      assert.equal(started.length, before + 1)
    }
    assert.equal(engine.status().restarts, 3)
  })

  it('takes the shortest pause again after a process that gave an answer', async () => {
    const { started, last, advance, infer } = setUp()
    last().becomeReady()
    last().end()
    advance(250)
    last().becomeReady()
    const result = infer()
    last().answer(1)
    await result
    last().end()
    advance(250)
    assert.equal(started.length, 3)
  })

  it('takes the shortest pause again after a process that served for a minute', () => {
    const { started, last, advance } = setUp()
    last().becomeReady()
    last().end()
    advance(250)
    last().becomeReady()
    advance(60_000)
    last().end()
    advance(250)
    assert.equal(started.length, 3)
  })

  it('says why it is restarting, with the last lines of standard error, and forgets it once ready', () => {
    const { engine, last, advance } = setUp()
    last().becomeReady()
    last().end({ code: 134, lastWords: ['terminate called', 'out of memory'] })
    assert.match(
      engine.status().lastError ?? '',
      /ENGINE_CRASHED.*code 134.*terminate called\nout of memory/s,
    )
    advance(250)
    last().becomeReady()
    assert.equal(engine.status().lastError, null)
  })

  it('fails at once on a model that stays wrong, and every job rejects with that error', async () => {
    const { engine, started, last, infer, advance } = setUp()
    const queued = infer()
    last().refuse('MODEL_CORRUPT')
    last().end({ code: 0 })
    assert.equal(engine.status().state, 'failed')
    await assert.rejects(queued, { code: 'MODEL_CORRUPT' })
    await assert.rejects(engine.ready, { code: 'MODEL_CORRUPT' })
    await assert.rejects(infer(), { code: 'MODEL_CORRUPT' })
    assert.match(engine.status().lastError ?? '', /^MODEL_CORRUPT: as the test says/)
    assert.equal(engine.status().failed, 2)
    advance(1_000_000)
    assert.equal(started.length, 1)
  })

  it('fails after five starts in a row that did not get to serve', async () => {
    const { engine, started, last, infer, advance } = setUp()
    const queued = infer()
    for (let start = 1; start <= 5; start++) {
      assert.equal(engine.status().state, 'starting')
      assert.equal(started.length, start)
      last().end({ code: 1, lastWords: ['no memory'] })
      advance(30_000)
    }
    assert.equal(engine.status().state, 'failed')
    await assert.rejects(queued, { code: 'ENGINE_LOAD', message: /no memory/ })
  })

  it('fails at once on a device that has never served', () => {
    for (const code of ['ENGINE_DEVICE', 'ENGINE_SELF_TEST']) {
      const { engine, last } = setUp({ device: 'cuda' })
      last().refuse(code)
      last().end({ code: 0 })
      assert.equal(engine.status().state, 'failed')
    }
  })

  for (const code of ['ENGINE_DEVICE', 'ENGINE_SELF_TEST'])
    it(`waits for a device that has served and is gone for a while, with ${code}`, async () => {
      const { engine, started, last, infer, advance } = setUp({ device: 'cuda' })
      last().becomeReady('cuda')
      last().end({ signal: 'SIGKILL' })
      const waiting = infer()
      advance(250)
      for (let turn = 0; turn < 20; turn++) {
        last().refuse(code)
        last().end({ code: 0 })
        assert.equal(engine.status().state, 'away')
        assert.match(engine.status().lastError ?? '', new RegExp(`^${code}: as the test says`))
        // A line must not wait for what may be hours, and an old image is no result of now.
        await assert.rejects(infer(), { code })
        advance(30_000)
      }
      await assert.rejects(waiting, { code })
      assert.equal(started.length, 22)
      // What can pass in another way has its own number of turns.
      last().end({ code: 1 })
      assert.equal(engine.status().state, 'restarting')
      advance(30_000)
      last().becomeReady('cuda')
      assert.equal(engine.status().state, 'ready')
      const next = infer()
      last().answer(22)
      await next
    })

  it('fails after serving, too, on a model that has become wrong', () => {
    const { engine, last, advance } = setUp()
    last().becomeReady()
    last().end({ signal: 'SIGKILL' })
    advance(250)
    last().refuse('MODEL_CORRUPT')
    last().end({ code: 0 })
    assert.equal(engine.status().state, 'failed')
  })

  it('ends a process that is not ready in time', () => {
    const { engine, started, advance } = setUp({ startTimeoutMs: 1000 })
    advance(1000)
    assert.match(engine.status().lastError ?? '', /^ENGINE_LOAD: .*1000 ms/)
    advance(250)
    assert.equal(started.length, 2)
  })

  it('tells every change of state, with the model known by the time it is ready', () => {
    const { engine, last, advance } = setUp()
    const seen: [EngineStatus['state'], string | undefined][] = []
    engine.onStatus(({ state }) => seen.push([state, engine.model?.name]))
    last().becomeReady()
    last().end()
    advance(250)
    last().becomeReady()
    void engine.close()
    assert.deepEqual(
      seen.filter(([state], i) => state !== seen[i - 1]?.[0]),
      [
        ['ready', 'fake'],
        ['restarting', 'fake'],
        ['ready', 'fake'],
        ['closed', 'fake'],
      ],
    )
  })

  it('starts no process after the close', async () => {
    const { engine, started, last, advance } = setUp()
    last().becomeReady()
    last().end()
    await engine.close()
    advance(100_000)
    assert.equal(started.length, 1)
  })

  it('closes though the operating system holds on to the killed process', async () => {
    const { engine, last, advance } = setUp()
    last().process.kill = () => {}
    const closing = engine.close()
    assert.deepEqual(last().sent, [{ type: 'close' }])
    advance(5000)
    await closing
  })
})

describe('options out of range', () => {
  const wrong: [string, Partial<EngineOptions>][] = [
    ['model', { model: '' }],
    ['device', { device: 'abacus' as 'cpu' }],
    ['threads', { threads: -1 }],
    ['queue.maxImages', { queue: { maxImages: 0 } }],
    ['queue.maxBytes', { queue: { maxBytes: 2 ** 33 } }],
    ['queue.policy', { queue: { policy: 'drop-all' as 'reject' } }],
    ['batch.maxImages', { batch: { maxImages: 1.5 } }],
    ['batch.maxWaitMs', { batch: { maxWaitMs: Number.NaN } }],
    ['batch.ahead', { batch: { ahead: -1 } }],
    ['jobTimeoutMs', { jobTimeoutMs: 0 }],
    ['startTimeoutMs', { startTimeoutMs: 2 ** 31 }],
  ]
  for (const [name, options] of wrong)
    it(`fail the engine before a process is started: ${name}`, async () => {
      const { engine, started, infer } = setUp(options)
      assert.equal(engine.status().state, 'failed')
      assert.ok(engine.status().lastError?.startsWith(`ENGINE_OPTIONS: ${name} is `))
      await assert.rejects(infer(), { code: 'ENGINE_OPTIONS' })
      assert.equal(started.length, 0)
    })
})

describe('an engine whose server cannot be used', () => {
  it('is away, fails images at once with the reason, and is ready when the server is', async () => {
    const { engine, last, infer } = setUp()
    last().goAway('ENGINE_SERVER_AWAY')
    await assert.rejects(engine.ready, { code: 'ENGINE_SERVER_AWAY' })
    assert.equal(engine.status().state, 'away')
    assert.match(engine.status().lastError ?? '', /^ENGINE_SERVER_AWAY: as the test says/)
    await assert.rejects(infer(), { code: 'ENGINE_SERVER_AWAY' })
    assert.deepEqual(last().batches(), [])
    last().becomeReady()
    assert.equal(engine.status().state, 'ready')
    assert.equal(engine.status().lastError, null)
    void infer()
    assert.deepEqual(last().batches(), [[2]])
    assert.equal(engine.model?.name, 'fake')
  })

  it('is tried for longer than a model may take to load', () => {
    const { engine, started, last, advance } = setUp({ startTimeoutMs: 1000 })
    last().goAway('ENGINE_SERVER_MODEL')
    advance(100_000)
    assert.equal(engine.status().state, 'away')
    assert.equal(started.length, 1)
  })
})
