import assert from 'node:assert/strict'
import { startEngine } from '../../engine/engine.ts'
import type { EngineOptions, View } from '../../engine/index.ts'
import { fakeClock } from '../support/engine/fake-clock.ts'
import { fakeProcesses } from '../support/engine/fake-process.ts'
import { grey } from '../support/engine/images.ts'

/** Bytes of one test image. */
const IMAGE_BYTES = 8 * 8 * 3

const setUp = (options: Partial<EngineOptions> = {}) => {
  const time = fakeClock()
  const processes = fakeProcesses()
  const engine = startEngine(
    { model: 'fake', ...options },
    { clock: time.clock, random: () => 0, launch: processes.launch },
  )
  /** Sends images, numbered from 1 on; their rejections count as seen to. */
  const send = (count: number, signal?: AbortSignal) =>
    Array.from({ length: count }, () => {
      const result = engine.infer(signal ? { image: grey(1), signal } : { image: grey(1) })
      result.catch(() => {})
      return result
    })
  return { ...time, ...processes, engine, send }
}

const codesOf = async (results: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(results)).map((result) =>
    result.status === 'fulfilled' ? 'done' : (result.reason as { code: string }).code,
  )

describe('batches', () => {
  it('hold what already waits, up to the largest batch, and the next goes when the last is answered', () => {
    const { send, last } = setUp({ batch: { maxImages: 3 } })
    send(5)
    last().becomeReady()
    assert.deepEqual(last().batches(), [[1, 2, 3]])
    last().answer(1)
    last().answer(3)
    assert.deepEqual(last().batches(), [[1, 2, 3]])
    last().answer(2)
    assert.deepEqual(last().batches(), [
      [1, 2, 3],
      [4, 5],
    ])
  })

  it('leave at once with one image when no waiting is allowed', () => {
    const { send, last } = setUp({ batch: { maxImages: 3, maxWaitMs: 0 } })
    last().becomeReady()
    send(1)
    assert.deepEqual(last().batches(), [[1]])
  })

  it('wait for more until the oldest image has waited long enough', () => {
    const { send, last, advance } = setUp({ batch: { maxImages: 3, maxWaitMs: 40 } })
    last().becomeReady()
    send(1)
    advance(30)
    send(1)
    advance(9)
    assert.deepEqual(last().batches(), [])
    advance(1)
    assert.deepEqual(last().batches(), [[1, 2]])
  })

  it('leave before that when they are full', () => {
    const { send, last, pending } = setUp({ batch: { maxImages: 2, maxWaitMs: 40 } })
    last().becomeReady()
    const before = pending()
    send(2)
    assert.deepEqual(last().batches(), [[1, 2]])
    // The time-out of the batch and a status notification, but no more waiting.
    assert.ok(pending() <= before + 2)
  })
})

describe('batches that are too large', () => {
  it('are told of in the status, until another process has not found that out', () => {
    const { engine, last, advance } = setUp()
    last().becomeReady()
    assert.equal(engine.status().smaller, null)
    last().smaller(2, 'ENGINE_INFERENCE')
    assert.deepEqual(engine.status().smaller, { images: 2, reason: 'ENGINE_INFERENCE: as the test says' })
    last().end()
    advance(60_000)
    last().becomeReady()
    assert.equal(engine.status().smaller, null)
  })
})

describe('batches that are given ahead', () => {
  const ahead = { batch: { maxImages: 1, ahead: 1 } }

  it('are at the process before it asks for them, and count as being inspected', () => {
    const { engine, send, last } = setUp(ahead)
    send(4)
    last().becomeReady()
    assert.deepEqual(last().batches(), [[1], [2]])
    assert.deepEqual([engine.status().running, engine.status().queued], [2, 2])
    last().answer(1)
    assert.deepEqual(last().batches(), [[1], [2], [3]])
  })

  it('have their own time from when the process comes to them', () => {
    const { engine, send, last, advance } = setUp({ ...ahead, jobTimeoutMs: 1000 })
    send(2)
    last().becomeReady()
    advance(900)
    last().answer(1)
    advance(900)
    assert.equal(engine.status().state, 'ready')
    advance(100)
    assert.match(engine.status().lastError!, /ENGINE_TIMEOUT/)
  })

  it('are tried again after a crash one at a time, nothing beside them', async () => {
    const { send, last, started, advance } = setUp(ahead)
    const results = send(4)
    last().becomeReady()
    last().end()
    advance(60_000)
    assert.equal(started.length, 2)
    last().becomeReady()
    assert.deepEqual(last().batches(), [[1]])
    last().answer(1)
    assert.deepEqual(last().batches(), [[1], [2]])
    // The second one is to blame, and nobody else.
    last().end()
    advance(60_000)
    last().becomeReady()
    assert.deepEqual(last().batches(), [[3], [4]])
    last().answer(3)
    last().answer(4)
    assert.deepEqual(await codesOf(results), ['done', 'ENGINE_CRASHED', 'done', 'done'])
  })
})

describe('a batch that is given in time', () => {
  // The fake process says of every image: 1 ms of decoding, 2 ms of inference.
  const one = { batch: { maxImages: 1 } }

  it('is not given ahead while nobody knows how long images take', () => {
    const { send, last, advance } = setUp(one)
    send(3)
    last().becomeReady()
    advance(10_000)
    assert.deepEqual(last().batches(), [[1]])
  })

  it('is at the process one and a half times its decoding before the model is free', () => {
    const { send, last, advance } = setUp(one)
    send(4)
    last().becomeReady()
    last().answer(1)
    // The second has to be decoded first: 3 ms.
    advance(1.4)
    assert.deepEqual(last().batches(), [[1], [2]])
    advance(0.1)
    assert.deepEqual(last().batches(), [[1], [2], [3]])
    advance(1.5)
    last().answer(2)
    // The third is decoded: 2 ms.
    advance(0.4)
    assert.equal(last().batches().length, 3)
    advance(0.1)
    assert.deepEqual(last().batches().at(-1), [4])
  })

  it('is given by what an image took of those that the model ran together, which need not be the whole batch', () => {
    const { send, last, advance } = setUp({ batch: { maxImages: 2 } })
    send(6)
    last().becomeReady()
    // Of two classes, so that each ran alone.
    last().answer(1)
    last().answer(2)
    // Two images of 1 + 2 ms, and two of the next batch to be decoded before: 2 · 1.5 ms.
    advance(2.9)
    assert.equal(last().batches().length, 2)
    advance(0.1)
    assert.equal(last().batches().length, 3)
  })

  it('is not given by images of many tiles, which take what they take and are decoded when it is their turn', () => {
    const { send, last, advance } = setUp(one)
    send(3)
    last().becomeReady()
    const view = { key: '', rotation: 0, rule: 'max', share: 1, columns: 1, rows: 1, tiles: [] } as const
    last().answer(1, { view, inferMs: 5000 })
    advance(10_000)
    assert.deepEqual(last().batches(), [[1], [2]])
  })

  it('stays within reach of the policy and of cancelling until then', async () => {
    const { engine, send, last, advance } = setUp({ ...one, queue: { policy: 'latest-only' } })
    last().becomeReady()
    send(1)
    last().answer(1)
    send(1)
    const [replaced] = send(1)
    const controller = new AbortController()
    const [cancelled] = send(1, controller.signal)
    controller.abort()
    assert.deepEqual(await codesOf([replaced!, cancelled!]), ['ENGINE_DROPPED', 'ENGINE_CANCELLED'])
    assert.equal(engine.status().queued, 0)
    send(1)
    advance(1.5)
    assert.deepEqual(last().batches(), [[1], [2], [5]])
  })

  it('is one at most', () => {
    const { engine, send, last, advance } = setUp(one)
    send(5)
    last().becomeReady()
    last().answer(1)
    advance(1_000)
    assert.deepEqual(last().batches(), [[1], [2], [3]])
    assert.deepEqual([engine.status().running, engine.status().queued], [2, 2])
  })

  it('has its own time from when the process comes to it', () => {
    const { engine, send, last, advance } = setUp({ ...one, jobTimeoutMs: 1_000 })
    send(3)
    last().becomeReady()
    last().answer(1)
    advance(900)
    last().answer(2)
    advance(999)
    assert.equal(engine.status().state, 'ready')
    advance(1)
    assert.match(engine.status().lastError!, /ENGINE_TIMEOUT/)
  })

  it('is tried again alone after a crash, as the one before it', async () => {
    const { send, last, advance } = setUp(one)
    const results = send(3)
    last().becomeReady()
    last().answer(1)
    advance(2)
    assert.deepEqual(last().batches(), [[1], [2], [3]])
    // In the decoding of the third, which nobody can know.
    last().end()
    advance(60_000)
    last().becomeReady()
    assert.deepEqual(last().batches(), [[2]])
    last().answer(2)
    assert.deepEqual(last().batches(), [[2], [3]])
    last().end()
    assert.deepEqual(await codesOf(results), ['done', 'done', 'ENGINE_CRASHED'])
  })
})

describe('a full queue', () => {
  it('counts every image that drop-oldest gives up, and rejects them as dropped', async () => {
    const { engine, send } = setUp({ queue: { maxImages: 2 } })
    const results = send(5)
    assert.deepEqual(await codesOf(results.slice(0, 3)), [
      'ENGINE_DROPPED',
      'ENGINE_DROPPED',
      'ENGINE_DROPPED',
    ])
    assert.equal(engine.status().dropped, 3)
    assert.equal(engine.status().failed, 0)
    assert.equal(engine.status().queued, 2)
    assert.equal(engine.status().queuedBytes, 2 * IMAGE_BYTES)
  })

  it('counts every image that drop-newest gives up', async () => {
    const { engine, send } = setUp({ queue: { maxImages: 2, policy: 'drop-newest' } })
    assert.deepEqual(await codesOf(send(4).slice(2)), ['ENGINE_DROPPED', 'ENGINE_DROPPED'])
    assert.equal(engine.status().dropped, 2)
  })

  it('counts every image that reject refuses', async () => {
    const { engine, send } = setUp({ queue: { maxImages: 2, policy: 'reject' } })
    assert.deepEqual(await codesOf(send(3).slice(2)), ['ENGINE_QUEUE_FULL'])
    assert.equal(engine.status().dropped, 1)
  })

  it('has nothing to do with an image that is too large for it: that one has failed', async () => {
    const { engine, send } = setUp({ queue: { maxBytes: IMAGE_BYTES - 1 } })
    assert.deepEqual(await codesOf(send(1)), ['ENGINE_TOO_LARGE'])
    assert.deepEqual([engine.status().dropped, engine.status().failed], [0, 1])
  })

  it('does not count images that are being inspected', async () => {
    const { engine, send, last } = setUp({ queue: { maxImages: 1 }, batch: { maxImages: 1 } })
    last().becomeReady()
    send(2)
    assert.deepEqual([engine.status().running, engine.status().queued, engine.status().dropped], [1, 1, 0])
  })
})

describe('images of several cameras', () => {
  const sendOf = (engine: ReturnType<typeof setUp>['engine'], sources: string) =>
    [...sources].map((source) => {
      const result = engine.infer({ image: grey(1), source })
      result.catch(() => {})
      return result
    })

  it('take turns, and fill batches together', () => {
    const { engine, last } = setUp({ batch: { maxImages: 3 } })
    sendOf(engine, 'aaaabc')
    last().becomeReady()
    for (const id of [1, 5, 6]) last().answer(id)
    assert.deepEqual(last().batches(), [
      [1, 5, 6],
      [2, 3, 4],
    ])
  })

  it('are lost by the camera that sends too many, and counted for it', async () => {
    const { engine } = setUp({ queue: { maxImages: 3 } })
    const results = sendOf(engine, 'abaaa')
    assert.deepEqual(await codesOf([results[0]!, results[2]!]), ['ENGINE_DROPPED', 'ENGINE_DROPPED'])
    assert.equal(engine.status().dropped, 2)
    assert.deepEqual(engine.status().droppedBySource, { a: 2 })
    assert.equal(engine.status().queued, 3)
  })

  it('are replaced by newer ones of their camera under latest-only', async () => {
    const { engine, last } = setUp({ queue: { policy: 'latest-only' }, batch: { maxImages: 4 } })
    const results = sendOf(engine, 'abab')
    assert.deepEqual(await codesOf(results.slice(0, 2)), ['ENGINE_DROPPED', 'ENGINE_DROPPED'])
    last().becomeReady()
    assert.deepEqual(last().batches(), [[3, 4]])
    assert.deepEqual(engine.status().droppedBySource, { a: 1, b: 1 })
  })

  it('leave in a batch though each is replaced before it has waited long enough', () => {
    const { engine, last, advance } = setUp({
      queue: { policy: 'latest-only' },
      batch: { maxImages: 4, maxWaitMs: 40 },
    })
    last().becomeReady()
    for (let sent = 0; sent < 5; sent++) {
      sendOf(engine, 'a')
      advance(10)
    }
    assert.deepEqual(last().batches(), [[4]])
  })

  it('leave in a batch though a full queue drops them before they have waited long enough', () => {
    const { send, last, advance } = setUp({ queue: { maxImages: 2 }, batch: { maxImages: 4, maxWaitMs: 40 } })
    last().becomeReady()
    for (let sent = 0; sent < 5; sent++) {
      send(1)
      advance(10)
    }
    assert.deepEqual(last().batches(), [[3, 4]])
  })

  it('name at most a hundred sources that lost some', () => {
    const { engine } = setUp({ queue: { maxImages: 1 } })
    for (let n = 0; n < 150; n++) engine.infer({ image: grey(1), source: `part-${n}` }).catch(() => {})
    assert.equal(engine.status().dropped, 149)
    assert.equal(Object.keys(engine.status().droppedBySource).length, 100)
  })
})

describe('cancelling', () => {
  it('takes a waiting image out of the queue at once', async () => {
    const { engine, send } = setUp()
    const controller = new AbortController()
    const [result] = send(1, controller.signal)
    controller.abort('redeployed')
    assert.equal(engine.status().queued, 0)
    await assert.rejects(result!, { code: 'ENGINE_CANCELLED', cause: 'redeployed' })
    assert.deepEqual([engine.status().cancelled, engine.status().failed], [1, 0])
  })

  it('discards the result of a running image and goes on with the next', async () => {
    const { engine, send, last } = setUp({ batch: { maxImages: 1 } })
    last().becomeReady()
    const controller = new AbortController()
    const [cancelled] = send(1, controller.signal)
    const [next] = send(1)
    controller.abort()
    await assert.rejects(cancelled!, { code: 'ENGINE_CANCELLED' })
    last().answer(1)
    last().answer(2)
    assert.equal((await next!).score, 2)
    assert.deepEqual([engine.status().done, engine.status().cancelled], [1, 1])
  })

  it('never lets in an image whose signal has been aborted already', async () => {
    const { engine, send } = setUp()
    assert.deepEqual(await codesOf(send(1, AbortSignal.abort())), ['ENGINE_CANCELLED'])
    assert.equal(engine.status().queued, 0)
  })

  it('spares an image the second try after a crash', () => {
    const { send, last, advance } = setUp()
    last().becomeReady()
    const controller = new AbortController()
    send(1, controller.signal)
    controller.abort()
    last().end()
    advance(250)
    last().becomeReady()
    assert.deepEqual(last().batches(), [])
  })

  it('leaves nothing behind on the signal of an image that is done', async () => {
    const { engine, send, last } = setUp()
    last().becomeReady()
    const controller = new AbortController()
    const [result] = send(1, controller.signal)
    last().answer(1)
    await result
    controller.abort()
    assert.deepEqual([engine.status().done, engine.status().cancelled], [1, 0])
  })
})

describe('a crash', () => {
  it('sends the images it interrupted once more, one at a time and before the queue', async () => {
    const { send, last, advance, engine } = setUp({ batch: { maxImages: 2 } })
    const results = send(4)
    last().becomeReady()
    last().end()
    assert.equal(engine.status().queued, 4)
    advance(250)
    last().becomeReady()
    for (const id of [1, 2, 3, 4]) last().answer(id)
    assert.deepEqual(last().batches(), [[1], [2], [3, 4]])
    assert.deepEqual(await codesOf(results), ['done', 'done', 'done', 'done'])
  })

  it('does not touch the images of its batch that were answered before', async () => {
    const { send, last, advance } = setUp({ batch: { maxImages: 2 } })
    send(2)
    last().becomeReady()
    last().answer(1)
    last().end()
    advance(250)
    last().becomeReady()
    assert.deepEqual(last().batches(), [[2]])
  })

  it('keeps what waits for its second try, however full the queue gets', async () => {
    const { send, last, advance } = setUp({ queue: { maxImages: 1 }, batch: { maxImages: 1 } })
    last().becomeReady()
    const [interrupted] = send(1)
    last().end()
    send(5)
    advance(250)
    last().becomeReady()
    last().answer(1)
    assert.equal((await interrupted!).score, 1)
  })

  it('rejects an image on the second time, and only that one', async () => {
    const { send, last, advance, engine } = setUp({ batch: { maxImages: 2 } })
    const results = send(2)
    last().becomeReady()
    last().end()
    advance(250)
    last().becomeReady()
    last().end({ code: 3, lastWords: ['no'] })
    await assert.rejects(results[0]!, { code: 'ENGINE_CRASHED', message: /code 3.*no/s })
    advance(30_000)
    last().becomeReady()
    last().answer(2)
    await results[1]
    assert.deepEqual([engine.status().done, engine.status().failed], [1, 1])
  })
})

describe('a batch that takes too long', () => {
  it('ends its process, and rejects its image the second time', async () => {
    const { send, advance, last, started } = setUp({ jobTimeoutMs: 1000 })
    last().becomeReady()
    const [result] = send(1)
    advance(1000)
    advance(250)
    assert.equal(started.length, 2)
    last().becomeReady()
    advance(1000)
    await assert.rejects(result!, { code: 'ENGINE_TIMEOUT', message: /1000 ms/ })
  })

  it('brings no other image to the process that is being ended, though its answer comes late', async () => {
    const { send, advance, last, engine } = setUp({ jobTimeoutMs: 1000, batch: { maxImages: 1 } })
    last().becomeReady()
    const [late] = send(2)
    last().process.kill = () => {}
    advance(1000)
    last().answer(1)
    assert.equal((await late!).score, 1)
    assert.deepEqual(last().batches(), [[1]])
    assert.equal(engine.status().queued, 1)
  })

  it('is not one of many tiles that says in time that it goes on', async () => {
    const { send, advance, last, started, engine } = setUp({ jobTimeoutMs: 1000 })
    last().becomeReady()
    const [result] = send(1)
    for (let inference = 0; inference < 5; inference++) {
      advance(900)
      last().progress(1)
    }
    assert.equal(started.length, 1)
    assert.deepEqual([engine.status().running, engine.status().done], [1, 0])
    advance(999)
    last().answer(1)
    assert.equal((await result!).score, 1)
    // What it says when nothing is under way, or while it is being ended, starts no time anew.
    last().progress(1)
    advance(10_000)
    assert.equal(started.length, 1)
    send(1)
    advance(900)
    last().progress(2)
    advance(1000)
    assert.match(engine.status().lastError!, /ENGINE_TIMEOUT/)
  })

  it('is not one that was answered in time', async () => {
    const { send, advance, last, started } = setUp({ jobTimeoutMs: 1000 })
    last().becomeReady()
    send(1)
    advance(999)
    last().answer(1)
    advance(10_000)
    assert.equal(started.length, 1)
  })
})

describe('a view', () => {
  it('goes with its image, its mask behind the bytes of the image', () => {
    const { engine, last } = setUp()
    last().becomeReady()
    const ignoreMask = Uint8Array.of(1, 2, 3)
    void engine.infer({ image: grey(1), view: { rotation: 90, ignoreMask } }).catch(() => {})
    const [message] = last().sent
    assert.ok(message?.type === 'infer')
    assert.deepEqual(message.view, { rotation: 90, maskBytes: 3 })
    assert.deepEqual(
      last().payloads[0]!.map(({ byteLength }) => byteLength),
      [IMAGE_BYTES, 3],
    )
  })

  it('counts with its mask for the bytes of the queue', async () => {
    const { engine } = setUp({ queue: { maxBytes: IMAGE_BYTES + 2, policy: 'reject' } })
    const ignoreMask = Uint8Array.of(1, 2)
    void engine.infer({ image: grey(1), view: { ignoreMask } }).catch(() => {})
    assert.equal(engine.status().queuedBytes, IMAGE_BYTES + 2)
    await assert.rejects(engine.infer({ image: grey(1), view: { ignoreMask: Uint8Array.of(1, 2, 3) } }), {
      code: 'ENGINE_TOO_LARGE',
    })
  })

  it('that cannot be meant is refused before its image waits', async () => {
    const { engine } = setUp()
    const view = { rotation: 45 } as unknown as View
    await assert.rejects(engine.infer({ image: grey(1), view }), { code: 'IMAGE_VIEW' })
    assert.equal(engine.status().queued, 0)
  })
})

describe('timing', () => {
  it('splits the time of an image into waiting and work', async () => {
    const { send, last, advance } = setUp()
    const [result] = send(1)
    advance(70)
    last().becomeReady()
    advance(5)
    last().answer(1)
    assert.deepEqual((await result!).timing, { queuedMs: 70, decodeMs: 1, inferMs: 2, totalMs: 75 })
  })
})
