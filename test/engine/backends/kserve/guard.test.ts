import assert from 'node:assert/strict'
import type { Answered, Client } from '../../../../engine/backends/kserve/client.ts'
import { timeoutFailure } from '../../../../engine/backends/kserve/failure.ts'
import { guard } from '../../../../engine/backends/kserve/guard.ts'
import { codedError } from '../../../../errors/index.ts'
import { fakeClock } from '../../../support/engine/fake-clock.ts'

/** A client of a server that is as the test says, and a guard before it. */
const setUp = () => {
  const time = fakeClock()
  const server = {
    version: '1' as string | null,
    openedAt: 0,
    /** Versions whose maps are wrong. */
    wrong: new Set<string | null>(),
    down: null as Error | null,
    refusesImages: false,
    /** Looks have no answer in time. */
    slow: false,
    noCertificate: false,
    /** Of what a self-test takes, ms. */
    testMs: 0,
    /** Of successive answers, before `version` counts again. */
    versions: [] as string[],
    /** That it takes in a request; null = any number. */
    maxImages: null as number | null,
  }
  const counts = { tests: 0, looks: 0, checks: 0, renewals: 0 }
  const within: number[] = []
  /** Images of the batch that each self-test was to test. */
  const batches: number[] = []
  const client: Client = {
    ready: async () => {
      counts.looks += 1
      if (server.down) throw server.down
      if (server.slow) throw timeoutFailure('gave no answer', 5000, 'x')
      return server.openedAt
    },
    check: async () => {
      counts.checks += 1
      return server.maxImages
    },
    renew: async () => {
      counts.renewals += 1
      if (server.noCertificate) throw codedError('ENGINE_SERVER_TLS', 'half a file')
    },
    infer: async (images, _text, { withinMs }) => {
      within.push(withinMs)
      if (server.down) throw server.down
      if (server.refusesImages && images.length > 0) throw codedError('ENGINE_INFERENCE', 'too large')
      const version = server.versions.shift() ?? server.version
      const map = new Float32Array(1)
      const score = server.wrong.has(version) ? Number.NaN : 1
      const answered: Answered = {
        predictions: [{ score, map }],
        version,
        openedAt: server.openedAt,
      }
      return [answered]
    },
  }
  const told: (string | null)[] = []
  const made = guard({
    device: 'kserve x',
    client,
    maxBatch: 4,
    selfTest: async (backend, together) => {
      counts.tests += 1
      if (server.testMs > 0) await new Promise<void>((resolve) => time.clock.after(server.testMs, resolve))
      const [found] = await backend.run([], null)
      if (Number.isNaN(found!.score)) throw codedError('ENGINE_SELF_TEST', 'off')
      batches.push(together())
    },
    clock: time.clock,
    random: () => 0,
    parallel: 1,
    batchTimeoutMs: 60_000,
  })
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const pass = async (ms: number) => {
    time.advance(ms)
    await settle()
  }
  const start = async () => {
    made.watch((why) => told.push(why?.code ?? null))
    await settle()
  }
  const run = () => made.startBatch()([new Uint8Array(1)], null)
  return {
    ...time,
    server,
    counts,
    batches,
    told,
    within,
    start,
    pass,
    run,
    startBatch: made.startBatch,
    close: made.close,
  }
}

describe('what a server answers', () => {
  it('counts after the self-test, which one answer after the other need not have again', async () => {
    const { start, run, counts, told } = setUp()
    await start()
    assert.deepEqual(told, [null])
    for (let i = 0; i < 5; i++) await run()
    assert.equal(counts.tests, 1)
  })

  it('is tested with no larger a batch than the server takes', async () => {
    const { start, batches, server } = setUp()
    server.maxImages = 2
    await start()
    assert.deepEqual(batches, [2])
  })

  it('is tested as a batch with each version, and again with one image only', async () => {
    const { start, run, batches, server, pass, advance } = setUp()
    await start()
    await run()
    assert.deepEqual(batches, [4])
    server.openedAt = 1000
    advance(1000)
    await run()
    assert.deepEqual(batches, [4, 1])
    server.version = '2'
    await run()
    assert.deepEqual(batches, [4, 1, 4])
    server.down = codedError('ENGINE_SERVER_AWAY', 'gone')
    await assert.rejects(run())
    server.down = null
    await pass(500)
    assert.deepEqual(batches, [4, 1, 4, 4])
  })

  it('counts after another self-test where another version has answered', async () => {
    const { start, run, counts, server } = setUp()
    await start()
    server.version = '2'
    assert.equal((await run())[0]!.score, 1)
    assert.equal(counts.tests, 2)
    await run()
    assert.equal(counts.tests, 2)
  })

  it('is thrown away where the other version is not the model, and everything that follows is refused', async () => {
    const { start, run, server, told, pass } = setUp()
    await start()
    server.wrong.add('2')
    server.version = '2'
    await assert.rejects(run(), { code: 'ENGINE_SELF_TEST' })
    await assert.rejects(run(), { code: 'ENGINE_SELF_TEST' })
    assert.deepEqual(told, [null, 'ENGINE_SELF_TEST'])
    server.version = '3'
    await pass(500)
    assert.deepEqual(told, [null, 'ENGINE_SELF_TEST', null])
    assert.equal((await run())[0]!.score, 1)
  })

  it('counts from either version of a server that is being renewed, once both have passed', async () => {
    const { start, run, counts, server } = setUp()
    await start()
    server.versions = ['2', '2']
    await run()
    assert.equal(counts.tests, 2)
    server.versions = ['1', '2', '1', '2']
    for (let i = 0; i < 4; i++) await run()
    assert.equal(counts.tests, 2)
  })

  it('is given up where each answer is from a version that the self-test does not meet', async () => {
    const { start, run, server } = setUp()
    await start()
    server.versions = Array.from({ length: 20 }, (_, i) => String(i + 10))
    await assert.rejects(run(), { code: 'ENGINE_SERVER_MODEL' })
  })

  it('counts after another self-test where its connection is newer than the last one', async () => {
    const { start, run, counts, server, pass } = setUp()
    await start()
    await pass(1000)
    server.openedAt = 1000
    server.wrong.add('1')
    await assert.rejects(run(), { code: 'ENGINE_SELF_TEST' })
    assert.equal(counts.tests, 2)
  })

  it('counts after another self-test where the last one is five minutes ago', async () => {
    const { start, run, counts, server, pass } = setUp()
    await start()
    // So that no look can have it tested before.
    server.slow = true
    await pass(5 * 60_000 - 1)
    server.slow = false
    await run()
    assert.equal(counts.tests, 1)
    await pass(1)
    await run()
    assert.equal(counts.tests, 2)
  })

  it('need not wait for the self-test that is due every five minutes, as it has run before', async () => {
    const { start, run, counts, pass } = setUp()
    await start()
    for (let seconds = 0; seconds < 15 * 60; seconds += 3) {
      await pass(3000)
      const { tests } = counts
      await run()
      assert.equal(counts.tests, tests)
    }
    assert.equal(counts.tests, 4)
  })

  it('need not wait for the self-test of a connection that was opened anew while nobody sent images', async () => {
    const { start, run, counts, server, pass } = setUp()
    await start()
    await pass(60_000)
    server.openedAt = 59_000
    await pass(3000)
    assert.equal(counts.tests, 2)
    await run()
    assert.equal(counts.tests, 2)
  })

  it('is not tested at every look where the server keeps no connection open for as long', async () => {
    const { start, counts, server, pass } = setUp()
    await start()
    for (let seconds = 3; seconds <= 240; seconds += 3) {
      server.openedAt = seconds * 1000
      await pass(3000)
    }
    assert.equal(counts.tests, 1 + 4)
  })

  it('has no more time for all inferences of a batch than for one', async () => {
    const { start, startBatch, pass, within, told } = setUp()
    await start()
    const run = startBatch()
    await run([new Uint8Array(1)], null)
    await pass(50_000)
    await run([new Uint8Array(1)], null)
    assert.deepEqual(within.slice(-2), [60_000, 10_000])
    await pass(10_000)
    // The batch's own want of time says nothing of the server.
    await assert.rejects(run([new Uint8Array(1)], null), { code: 'ENGINE_TIMEOUT' })
    assert.deepEqual(told, [null])
  })

  it('is kept waiting by the self-test for no longer than its batch has time, with whatever came before', async () => {
    const { start, startBatch, server, pass, told } = setUp()
    await start()
    const run = startBatch()
    await pass(50_000)
    server.version = '2'
    server.testMs = 20_000
    const result = run([new Uint8Array(1)], null)
    result.catch(() => {})
    await pass(9_999)
    assert.deepEqual(told, [null])
    await pass(1)
    await assert.rejects(result, { code: 'ENGINE_TIMEOUT' })
    assert.deepEqual(told, [null])
  })

  it('counts after another self-test where the server has refused images', async () => {
    const { start, run, counts, server, told } = setUp()
    await start()
    server.refusesImages = true
    await assert.rejects(run(), { code: 'ENGINE_INFERENCE' })
    server.refusesImages = false
    await run()
    assert.equal(counts.tests, 2)
    assert.deepEqual(told, [null])
  })

  it('counts after another self-test where the server does not name versions, too', async () => {
    const { start, run, counts, server } = setUp()
    server.version = null
    await start()
    await run()
    assert.equal(counts.tests, 1)
  })
})

describe('a server that is away', () => {
  it('refuses at once, is tried after pauses that grow, and is tested before it serves again', async () => {
    const { start, run, counts, server, told, pass } = setUp()
    await start()
    server.down = codedError('ENGINE_SERVER_AWAY', 'refused')
    await assert.rejects(run(), { code: 'ENGINE_SERVER_AWAY' })
    const { looks } = counts
    await assert.rejects(run(), { code: 'ENGINE_SERVER_AWAY' })
    assert.equal(counts.looks, looks)
    for (const pause of [500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
      const before = counts.looks
      await pass(pause - 1)
      assert.equal(counts.looks, before)
      await pass(1)
      assert.equal(counts.looks, before + 1)
    }
    server.down = null
    await pass(15_000)
    assert.deepEqual(told, [null, 'ENGINE_SERVER_AWAY', null])
    assert.equal(counts.tests, 2)
    await run()
    assert.equal(counts.tests, 2)
  })

  it('is noticed while no image is sent', async () => {
    const { start, server, told, pass } = setUp()
    await start()
    server.down = codedError('ENGINE_SERVER_AWAY', 'refused')
    await pass(5000)
    assert.deepEqual(told, [null, 'ENGINE_SERVER_AWAY'])
  })

  it('is not one that once has no time to say that it is ready, while it works for others', async () => {
    const { start, server, told, pass, run } = setUp()
    await start()
    server.slow = true
    await pass(3000)
    server.slow = false
    await pass(3000)
    server.slow = true
    await pass(3000)
    await run()
    assert.deepEqual(told, [null])
    await pass(3000)
    assert.deepEqual(told, [null, 'ENGINE_SERVER_AWAY'])
  })

  it('has its certificates read again before every self-test, and those in use do where that fails', async () => {
    const { start, server, told, pass, counts } = setUp()
    await start()
    assert.equal(counts.renewals, 1)
    server.noCertificate = true
    await pass(4 * 60_000)
    assert.deepEqual([counts.renewals, counts.tests], [2, 2])
    server.down = codedError('ENGINE_SERVER_AWAY', 'refused')
    await pass(3000)
    server.down = null
    await pass(500)
    assert.deepEqual(told, [null, 'ENGINE_SERVER_AWAY', 'ENGINE_SERVER_TLS'])
    server.noCertificate = false
    await pass(1000)
    assert.equal(told.at(-1), null)
  })

  it('is told from the first', async () => {
    const { start, server, told, pass } = setUp()
    server.down = codedError('ENGINE_SERVER_AWAY', 'refused')
    await start()
    assert.deepEqual(told, ['ENGINE_SERVER_AWAY'])
    server.down = null
    await pass(500)
    assert.deepEqual(told, ['ENGINE_SERVER_AWAY', null])
  })

  it('refuses the self-test itself, and is away until it takes it', async () => {
    const { start, server, told, pass } = setUp()
    server.down = codedError('ENGINE_INFERENCE', 'status 500')
    await start()
    server.down = null
    await pass(500)
    assert.deepEqual(told, ['ENGINE_INFERENCE', null])
  })

  it('is left alone once it is closed', async () => {
    const { start, counts, pass, close, pending } = setUp()
    await start()
    close()
    const { looks } = counts
    await pass(100_000)
    assert.equal(counts.looks, looks)
    assert.equal(pending(), 0)
  })
})
