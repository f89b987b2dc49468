import assert from 'node:assert/strict'
import { checkBroker } from '../../../connect/mqtt/settings.ts'
import type { BrokerSettings } from '../../../connect/mqtt/types.ts'
import { codedError, isCodedError } from '../../../errors/index.ts'
import { startTinyBroker, type TinyBroker, type TinyBrokerOptions } from '../../support/tiny-broker.ts'
import { event, type Line, openLine, range, withoutZeros } from './line.ts'

describe('publisher and a broker of another kind', () => {
  const open: (() => Promise<void>)[] = []
  const broker = async (options: TinyBrokerOptions = {}): Promise<TinyBroker> => {
    const started = await startTinyBroker(options)
    open.unshift(started.stop)
    return started
  }
  const line = async (...args: Parameters<typeof openLine>): Promise<Line> => {
    const opened = await openLine(...args)
    open.unshift(opened.close)
    return opened
  }
  const idsOf = ({ published }: TinyBroker): string[] =>
    published.map(({ payload }) => JSON.parse(String(payload)).id)
  const ids = (numbers: readonly number[]): string[] => numbers.map((n) => `e-${n}`)

  afterEach(async () => {
    for (const close of open.splice(0)) await close()
  })

  for (const [name, code] of [
    ['unsupported protocol version, as MQTT 5 has it', 132],
    ['unacceptable protocol version, as 3.1.1 has it', 1],
    ['nothing at all, twice', 'silence'],
  ] as const)
    it(`speaks 3.1.1 to a broker that answers MQTT 5 with ${name}, and remembers it`, async () => {
      const { port, connects, cut } = await broker({ connack: (version) => (version === 5 ? code : 0) })
      const sender = await line({ port })
      await sender.accept(event(1))
      assert.equal((await sender.until(({ published }) => published === 1)).protocol, '3.1.1')
      const before = connects.length
      cut()
      await sender.until(({ reconnects }) => reconnects === 1)
      assert.deepEqual(connects.slice(before), [4])
    })

  it('tries MQTT 5 again a day later, and when it is told to', async () => {
    let refuses = true
    const { port, connects, cut } = await broker({ connack: (v) => (refuses && v === 5 ? 132 : 0) })
    let now = Date.now()
    const after = (ms: number, run: () => void) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    }
    const sender = await line({ port }, { clock: { now: () => now, after } })
    await sender.until(({ protocol }) => protocol === '3.1.1')
    now += 24 * 3600 * 1000
    cut()
    await sender.until(({ protocol, reconnects }) => protocol === '3.1.1' && reconnects === 1)
    assert.deepEqual(connects, [5, 4, 5, 4])
    refuses = false
    sender.publisher.restart()
    await sender.until(({ protocol }) => protocol === '5')
  })

  it('does not take a broker that is down for one of an older version', async () => {
    let isDown = true
    const { port, connects } = await broker({ connack: () => (isDown ? 'silence' : 0) })
    const sender = await line({ port })
    await sender.until(({ state }) => state === 'offline' && connects.length >= 6)
    isDown = false
    await sender.until(({ state }) => state === 'online')
    // Both are tried in turn, so that the version says nothing; a 3.1.1 that was refused as well is no proof.
    assert.ok(connects.includes(5) && connects.includes(4))
  })

  it('speaks only what it is told to', async () => {
    const { port, connects } = await broker({ connack: (version) => (version === 5 ? 132 : 0) })
    const sender = await line({ port, protocol: '5' })
    await sender.until(({ lastError }) => lastError?.startsWith('MQTT_PROTOCOL') === true)
    await sender.until(() => connects.length >= 3)
    assert.ok(connects.every((version) => version === 5))
  })

  it('says that the user or the password is refused, in either protocol', async () => {
    for (const [protocol, code] of [
      ['5', 134],
      ['3.1.1', 4],
      ['3.1.1', 5],
    ] as const) {
      const { port } = await broker({ connack: () => code })
      const sender = await line({ port, protocol, username: 'u', password: 'wrong' })
      const { lastError } = await sender.until(({ state }) => state === 'offline')
      assert.match(lastError ?? '', /^MQTT_AUTH/)
      assert.doesNotMatch(lastError ?? '', /wrong/)
    }
  })

  it('has no more in flight than the broker allows, nor than 16', async () => {
    for (const [receiveMaximum, most] of [
      [1, 1],
      [4, 3],
      [1000, 16],
    ] as const) {
      const tiny = await broker({ properties: { receiveMaximum } })
      const sender = await line({ port: tiny.port, protocol: '5' })
      await sender.accept(...range(60).map((n) => event(n)))
      await sender.until(({ waiting }) => waiting === 0)
      assert.deepEqual(idsOf(tiny), ids(range(60)))
      // One place is kept for the status topic.
      assert.equal(tiny.most(), most)
    }
  })

  it('sends again, in order and marked, what was not acknowledged, and nothing else', async () => {
    let hears = 5
    const tiny = await broker({ puback: () => (hears-- > 0 ? 0 : 'nothing') })
    const sender = await line({ port: tiny.port })
    await sender.accept(...range(12).map((n) => event(n)))
    await sender.until(({ published }) => published === 5)
    hears = Number.POSITIVE_INFINITY
    tiny.cut()
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual(idsOf(tiny), ids([...range(12), ...range(12).slice(5)]))
    assert.deepEqual(
      tiny.published.map(({ payload }) => JSON.parse(String(payload)).redelivery),
      [...Array(12).fill(undefined), ...Array(7).fill(1)],
    )
    assert.deepEqual([status.published, status.redelivered, status.reconnects], [12, 7, 1])
  })

  it('ends a connection on which nothing is acknowledged for too long', async () => {
    let isDeaf = true
    const tiny = await broker({ puback: () => (isDeaf ? 'nothing' : 0) })
    const sender = await line({ port: tiny.port }, { ackTimeoutMs: 100 })
    await sender.accept(event(1))
    const { lastError } = await sender.until(({ state }) => state === 'offline')
    assert.match(lastError ?? '', /^MQTT_UNREACHABLE.*nothing for 100 ms/)
    isDeaf = false
    await sender.until(({ waiting }) => waiting === 0)
  })

  it('gives up one event that the broker refuses for good, and goes on with the next', async () => {
    const tiny = await broker({ puback: ({ payload }) => (String(payload).includes('"e-2"') ? 135 : 0) })
    const sender = await line({ port: tiny.port, protocol: '5' })
    await sender.accept(...range(5).map((n) => event(n)))
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual(sender.refused, [{ id: 'e-2', code: 'MQTT_REFUSED' }])
    assert.deepEqual([status.published, status.refused, status.reconnects], [4, 1, 0])
  })

  it('keeps an event that the broker refuses for now, and sends it again in its place', async () => {
    let refusals = 2
    const tiny = await broker({ puback: () => (refusals-- > 0 ? 151 : 0) })
    const sender = await line({ port: tiny.port, protocol: '5' })
    await sender.accept(...range(5).map((n) => event(n)))
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual([status.published, status.refused], [5, 0])
    assert.deepEqual([...new Set(idsOf(tiny))], ids(range(5)))
  })

  it('never gives up a small event over which a broker ends the connection', async () => {
    let ends = 12
    const tiny = await broker({ puback: () => (ends-- > 0 ? 'close' : 0) })
    const sender = await line({ port: tiny.port }, { shrink: withoutZeros })
    await sender.accept(event(1), event(2))
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual([status.published, status.refused], [2, 0])
    assert.ok(status.reconnects >= 6)
  })

  it('does not take a large event for too large while larger ones get through', async () => {
    let ends = 0
    const tiny = await broker({ puback: () => (ends-- > 0 ? 'close' : 0) })
    const sender = await line({ port: tiny.port }, { shrink: withoutZeros })
    await sender.accept(event(1, { zeros: 50_000 }))
    await sender.until(({ published }) => published === 1)
    ends = 12
    await sender.accept(event(2, { zeros: 40_000 }))
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.equal(status.published, 2)
    assert.equal(JSON.parse(String(tiny.published.at(-1)?.payload)).data.image.length, 40_000)
  })

  it('goes on after the store was in trouble, and does not send twice what it could not forget', async () => {
    let isFull = false
    const full = () => codedError('STORE_FULL', 'full')
    const tiny = await broker()
    const sender = await line({ port: tiny.port }, {}, (outbox) => ({
      ...outbox,
      take: async (after, count) => {
        if (isFull) throw full()
        return outbox.take(after, count)
      },
      forget: async (sequences) => {
        if (isFull) throw full()
        return outbox.forget(sequences)
      },
    }))
    await sender.until(({ state }) => state === 'online')
    await sender.accept(event(1))
    await sender.until(({ waiting }) => waiting === 0)
    isFull = true
    await sender.accept(event(2))
    await sender.until(({ lastError }) => lastError?.startsWith('STORE_FULL') === true)
    isFull = false
    await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual(idsOf(tiny), ids([1, 2]))
  })

  it('does not send again over a new connection what was acknowledged and could not be forgotten', async () => {
    let isFull = false
    const tiny = await broker()
    const sender = await line({ port: tiny.port }, {}, (outbox) => ({
      ...outbox,
      forget: async (sequences) => {
        if (isFull) throw codedError('STORE_FULL', 'full')
        return outbox.forget(sequences)
      },
    }))
    await sender.until(({ state }) => state === 'online')
    isFull = true
    await sender.accept(event(1))
    await sender.until(({ published }) => published === 1)
    tiny.cut()
    await sender.until(({ reconnects, state }) => reconnects === 1 && state === 'online')
    await sender.accept(event(2))
    await sender.until(({ published }) => published === 2)
    isFull = false
    await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual(idsOf(tiny), ids([1, 2]))
  })

  it('refuses settings that cannot work, without showing a password', () => {
    const fine: BrokerSettings = {
      url: 'mqtts://user:secret@host/',
      clientId: 'a',
      protocol: 'auto',
      keepaliveS: 60,
      connectTimeoutMs: 1000,
      maxPacketBytes: 1e6,
    }
    checkBroker(fine)
    for (const wrong of [
      { url: 'http://user:secret@host' },
      { url: 'host:1883' },
      { url: 'mqtt://' },
      { clientId: '' },
      { keepaliveS: 70_000 },
      { connectTimeoutMs: 0 },
      { maxPacketBytes: 10 },
    ])
      assert.throws(
        () => checkBroker({ ...fine, ...wrong }),
        (error) => isCodedError(error, 'MQTT_SETTINGS') && !error.message.includes('secret'),
      )
  })
})
