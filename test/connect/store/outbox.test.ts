import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Outbox, openStore, type Store } from '../../../connect/store/index.ts'
import { numbered, temporaryFolder } from '../../support/store.ts'

const NO_LIMITS = { maxBytes: 1e9, maxAgeMs: 1e12 }
const T0 = Date.UTC(2026, 2, 1)

describe('outbox', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let file: string
  let now = T0
  let elapsed = 0
  let stores: Store[] = []

  const open = async (): Promise<Store> => {
    const store = await openStore(file, { now: () => now, elapsed: () => elapsed })
    stores.push(store)
    return store
  }
  const wait = (ms: number): void => {
    now += ms
    elapsed += ms
  }
  const idsOf = async (outbox: Outbox): Promise<string[]> => (await outbox.take(0, 1000)).map(({ id }) => id)

  beforeEach(async () => {
    folder = await temporaryFolder()
    file = join(folder.path, 'made', 'anomalyclip.db')
    now = T0
    stores = []
  })
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await folder.remove()
  })

  it('what was accepted is handed out in order, byte for byte, also after the store was closed', async () => {
    const first = await open()
    const outbox = await first.outbox('a', NO_LIMITS)
    await Promise.all([1, 2, 3, 4, 5].map((n) => outbox.accept(numbered(n, 10_000))))
    await first.close()

    const again = await (await open()).outbox('a', NO_LIMITS)
    const messages = await again.take(0, 10)
    assert.deepEqual(
      messages.map(({ id }) => id),
      [1, 2, 3, 4, 5].map((n) => `event-${n}`),
    )
    assert.deepEqual(Buffer.from(messages[2]?.payload ?? []), numbered(3, 10_000).payload)
    assert.equal(messages[2]?.envelope, '{"topic":"t/3"}')
    assert.equal(messages[2]?.acceptedAt, T0)
    assert.deepEqual(
      (await again.take(messages[1]?.sequence ?? 0, 2)).map(({ id }) => id),
      ['event-3', 'event-4'],
    )
  })

  it('an empty payload is kept as one', async () => {
    const outbox = await (await open()).outbox('a', NO_LIMITS)
    await outbox.accept({ id: 'x', envelope: '{}', payload: new Uint8Array() })
    assert.equal((await outbox.take(0, 1))[0]?.payload.byteLength, 0)
  })

  it('no more are handed out at once than come to so many bytes, and at least one', async () => {
    const outbox = await (await open()).outbox('a', NO_LIMITS)
    for (const n of [1, 2, 3, 4]) await outbox.accept(numbered(n, 1000))
    const handedOut = async (bytes: number) => (await outbox.take(0, 10, bytes)).map(({ id }) => id)
    assert.deepEqual(await handedOut(1), ['event-1'])
    assert.deepEqual(await handedOut(1500), ['event-1', 'event-2'])
    assert.deepEqual(await handedOut(1e6), ['event-1', 'event-2', 'event-3', 'event-4'])
    // What was not handed out was not attempted.
    assert.deepEqual(
      (await outbox.take(0, 10)).map(({ attempts }) => attempts),
      [3, 2, 1, 1],
    )
  })

  it('requests that are made at once keep their order', async () => {
    const outbox = await (await open()).outbox('a', NO_LIMITS)
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 600 }, (_, n) => outbox.accept(numbered(n)).then(() => order.push(n))),
    )
    assert.deepEqual(
      order,
      Array.from({ length: 600 }, (_, n) => n),
    )
    assert.deepEqual(
      await idsOf(outbox),
      order.map((n) => `event-${n}`),
    )
  })

  it('every handing out is counted, also across a restart', async () => {
    const first = await open()
    const outbox = await first.outbox('a', NO_LIMITS)
    await outbox.accept(numbered(1))
    assert.equal((await outbox.take(0, 1))[0]?.attempts, 0)
    assert.equal((await outbox.take(0, 1))[0]?.attempts, 1)
    await first.close()
    const again = await (await open()).outbox('a', NO_LIMITS)
    assert.equal((await again.take(0, 1))[0]?.attempts, 2)
  })

  it('an id that waits already is kept once, in its first place, and counts once', async () => {
    const outbox = await (await open()).outbox('a', NO_LIMITS)
    await outbox.accept(numbered(1))
    await outbox.accept(numbered(2))
    const { bytes } = outbox.counts()
    await outbox.accept({ ...numbered(1), payload: Buffer.from('another') })
    assert.deepEqual(
      (await outbox.take(0, 9)).map(({ payload }) => Buffer.from(payload).toString()),
      ['1', '2'],
    )
    assert.deepEqual(outbox.counts(), { waiting: 2, bytes, droppedFull: 0, droppedOld: 0 })
  })

  it('the same id in another stream is another message', async () => {
    const store = await open()
    const [a, b] = [await store.outbox('a', NO_LIMITS), await store.outbox('b', NO_LIMITS)]
    await a.accept(numbered(1))
    await b.accept(numbered(1))
    const [message] = await a.take(0, 1)
    // A sequence number of another stream takes nothing out.
    await b.forget([message?.sequence ?? 0])
    assert.deepEqual([await idsOf(a), await idsOf(b)], [['event-1'], ['event-1']])
  })

  it('what the broker has is forgotten, and its sequence number is never given again', async () => {
    const first = await open()
    const outbox = await first.outbox('a', NO_LIMITS)
    await outbox.accept(numbered(1))
    const [message] = await outbox.take(0, 1)
    await outbox.forget([message?.sequence ?? 0])
    assert.deepEqual(outbox.counts(), { waiting: 0, bytes: 0, droppedFull: 0, droppedOld: 0 })
    await first.close()
    const again = await (await open()).outbox('a', NO_LIMITS)
    await again.accept(numbered(1))
    const [next] = await again.take(0, 1)
    assert.ok((next?.sequence ?? 0) > (message?.sequence ?? 0))
    assert.equal(next?.attempts, 0)
  })

  it('the oldest lose their place in a full outbox, and the count of them outlives a restart', async () => {
    const first = await open()
    const outbox = await first.outbox('a', { ...NO_LIMITS, maxBytes: 3500 })
    for (const n of [1, 2, 3, 4, 5]) await outbox.accept(numbered(n, 1000))
    assert.deepEqual(await idsOf(outbox), ['event-3', 'event-4', 'event-5'])
    assert.equal(outbox.counts().droppedFull, 2)
    assert.ok(outbox.counts().bytes <= 3500)
    await first.close()
    assert.equal((await (await open()).outbox('a', NO_LIMITS)).counts().droppedFull, 2)
  })

  it('a message larger than the whole outbox is refused, and those accepted with it are kept', async () => {
    const outbox = await (await open()).outbox('a', { ...NO_LIMITS, maxBytes: 3500 })
    const outcomes = await Promise.allSettled(
      [numbered(1), numbered(2, 4000), numbered(3)].map((message) => outbox.accept(message)),
    )
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'kept')),
      ['kept', 'STORE_TOO_LARGE', 'kept'],
    )
    assert.deepEqual(await idsOf(outbox), ['event-1', 'event-3'])
    assert.equal(outbox.counts().droppedFull, 0)
  })

  it('a request that cannot be carried out fails alone', async () => {
    const outbox = await (await open()).outbox('a', NO_LIMITS)
    const outcomes = await Promise.allSettled([
      outbox.accept(numbered(1)),
      outbox.accept({ ...numbered(2), id: null as unknown as string }),
      outbox.take(0, Number.NaN),
      outbox.accept(numbered(3)),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(await idsOf(outbox), ['event-1', 'event-3'])
  })

  it('what grows too old is dropped and counted', async () => {
    const outbox = await (await open()).outbox('a', { ...NO_LIMITS, maxAgeMs: 60_000 })
    await outbox.accept(numbered(1))
    wait(30_000)
    await outbox.accept(numbered(2))
    wait(30_001)
    assert.deepEqual(await idsOf(outbox), ['event-2'])
    assert.deepEqual([outbox.counts().droppedOld, outbox.counts().waiting], [1, 1])
  })

  it('what came in before the box knew the time is not taken for old, also after a restart', async () => {
    now = 5000
    const first = await open()
    await (await first.outbox('a', { ...NO_LIMITS, maxAgeMs: 60_000 })).accept(numbered(1))
    await first.close()
    now = T0
    const outbox = await (await open()).outbox('a', { ...NO_LIMITS, maxAgeMs: 60_000 })
    assert.deepEqual(await idsOf(outbox), ['event-1'])
  })

  it('a clock that is set, forward or back, makes nothing older or younger', async () => {
    const limits = { ...NO_LIMITS, maxAgeMs: 60_000 }
    const ofYesterday = 24 * 3_600_000
    for (const set of [10 * ofYesterday, -10 * ofYesterday]) {
      const outbox = await (await open()).outbox(`set by ${set}`, limits)
      await outbox.accept(numbered(1))
      wait(30_000)
      now += set
      await outbox.accept(numbered(2))
      assert.deepEqual(await idsOf(outbox), ['event-1', 'event-2'])
      wait(30_001)
      assert.deepEqual(await idsOf(outbox), ['event-2'])
      wait(30_000)
      assert.deepEqual(await idsOf(outbox), [])
      await stores.pop()?.close()
    }
  })

  it('a clock that starts late and is set right takes what is left from before for no younger than it was', async () => {
    const limits = { ...NO_LIMITS, maxAgeMs: 60_000 }
    const first = await open()
    await (await first.outbox('a', limits)).accept(numbered(1))
    await first.close()
    // The box has lost the time while it was off.
    now = 5000
    const outbox = await (await open()).outbox('a', limits)
    now = T0 + 50_000
    assert.deepEqual(await idsOf(outbox), ['event-1'])
    wait(10_001)
    assert.deepEqual(await idsOf(outbox), [])
  })

  it('a stream that nobody opens any more is listed, and what is too old in it goes when the store opens', async () => {
    const first = await open()
    const removed = await first.outbox('removed', { ...NO_LIMITS, maxAgeMs: 60_000 })
    await removed.accept(numbered(1))
    wait(50_000)
    await removed.accept(numbered(2))
    await first.close()
    wait(20_000)
    const again = await open()
    await again.outbox('used', NO_LIMITS)
    const [left, used] = await again.streams()
    assert.deepEqual([left?.stream, left?.isOpen, left?.waiting, left?.droppedOld], ['removed', false, 1, 1])
    assert.deepEqual([used?.stream, used?.isOpen, used?.waiting], ['used', true, 0])
  })

  it('the log beside the file is small again after many have come at once', async () => {
    const outbox = await (await open()).outbox('a', NO_LIMITS)
    await Promise.all(Array.from({ length: 100 }, (_, n) => outbox.accept(numbered(n, 100_000))))
    for (const n of [100, 101]) await outbox.accept(numbered(n))
    assert.ok((await stat(`${file}-wal`)).size <= 1024 * 1024)
  })

  it('the file and its folder are for the owner alone', async () => {
    await open()
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal((await stat(join(file, '..'))).mode & 0o777, 0o700)
    assert.equal((await stat(`${file}-wal`)).mode & 0o777, 0o600)
  })

  it('everything a killed process had acknowledged is in the file', async function () {
    this.timeout(120_000)
    for (const heard of [1, 40, 200]) {
      const script = fileURLToPath(new URL('../../support/accepting.ts', import.meta.url))
      const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] })
      let said = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (said.split('\n').length > heard) child.kill('SIGKILL')
      })
      const [, signal] = await once(child, 'close')
      assert.equal(signal, 'SIGKILL')

      const acknowledged = said.split('\n').slice(0, -1)
      const store = await open()
      const outbox = await store.outbox('line', NO_LIMITS)
      const kept = await idsOf(outbox)
      // In order and without a gap, and none that was acknowledged is missing.
      assert.deepEqual(
        kept,
        kept.map((_, n) => `event-${n}`),
      )
      assert.ok(acknowledged.length >= heard)
      for (const n of acknowledged) assert.ok(kept.includes(`event-${n}`), `event ${n} is lost`)
      await outbox.forget((await outbox.take(0, 100_000)).map(({ sequence }) => sequence))
      await store.close()
    }
  })
})
