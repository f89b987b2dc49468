import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { checkBroker } from '../../../connect/mqtt/settings.ts'
import type { BrokerSettings } from '../../../connect/mqtt/types.ts'
import { codedError, isCodedError } from '../../../errors/index.ts'
import { startTinyBroker, type TinyBroker, type TinyBrokerOptions } from '../../support/tiny-broker.ts'
import { event, type Line, openLine, range, withoutZeros } from './line.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Bytes, after everything that is left behind was collected. */
const heapUsed = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

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

  it('tries MQTT 5 again a day later', async () => {
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
    now += 24 * 3600 * 1000
    cut()
    await sender.until(({ protocol }) => protocol === '5')
  })

  it('does not take a broker that was down for one of an older version, in whichever it has come back', async () => {
    let isDown = true
    // Back at the moment when the older version is tried.
    const { port, connects } = await broker({
      connack: (version) => {
        if (version === 4) isDown = false
        return isDown ? 'silence' : 0
      },
    })
    const sender = await line({ port })
    const { protocol, reconnects } = await sender.until(({ state }) => state === 'online')
    assert.deepEqual([protocol, reconnects], ['5', 0])
    assert.deepEqual(connects, [5, 5, 4, 5])
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

  for (const [what, code] of [
    ['whose topic is invalid', 144],
    ['for whose topic it gives this client no right', 135],
  ] as const)
    it(`gives up one event ${what}, and goes on with the next`, async () => {
      const tiny = await broker({ puback: ({ payload }) => (String(payload).includes('"e-2"') ? code : 0) })
      const sender = await line({ port: tiny.port, protocol: '5' })
      await sender.accept(...range(5).map((n) => event(n)))
      const status = await sender.until(({ waiting }) => waiting === 0)
      assert.deepEqual(sender.refused, [{ id: 'e-2', code: 'MQTT_REFUSED' }])
      assert.deepEqual([status.published, status.refused, status.reconnects], [4, 1, 0])
    })

  it('gives up nothing while the broker lets this client publish nothing at all, and sends it once it may', async () => {
    let hasRights = true
    const tiny = await broker({ puback: () => (hasRights ? 0 : 135) })
    const sender = await line({ port: tiny.port, protocol: '5' })
    await sender.accept(event(0))
    await sender.until(({ published }) => published === 1)
    // Over the same connection: somebody has edited the list of rights.
    hasRights = false
    await sender.accept(...range(40).map((n) => event(n + 1)))
    const { lastError, waiting } = await sender.until(({ state }) => state === 'offline')
    assert.match(lastError ?? '', /^MQTT_REFUSED.*is sent again/)
    assert.equal(waiting, 40)
    hasRights = true
    const status = await sender.until(({ waiting: left }) => left === 0)
    assert.deepEqual([status.published, status.refused], [41, 0])
    assert.deepEqual([...new Set(idsOf(tiny))], ids(range(41)))
  })

  it('keeps an event that the broker refuses for now, and sends it again in its place, without copies of others', async () => {
    let refusals = 6
    const tiny = await broker({
      puback: ({ payload }) => (String(payload).includes('"e-0"') && refusals-- > 0 ? 151 : 0),
    })
    const sender = await line({ port: tiny.port, protocol: '5' })
    await sender.accept(...range(5).map((n) => event(n)))
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual([status.published, status.refused], [5, 0])
    assert.deepEqual([...new Set(idsOf(tiny))], ids(range(5)))
    // Two at most: of the session in which it was refused for the first time.
    for (const id of ids([1, 2, 3, 4])) assert.ok(idsOf(tiny).filter((one) => one === id).length <= 2)
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

  it('does not take a large event for too large while the broker ends every connection anyway', async () => {
    let ends = 12
    const tiny = await broker({ puback: () => (ends-- > 0 ? 'close' : 0), ping: () => ends-- <= 0 })
    const sender = await line({ port: tiny.port }, { shrink: withoutZeros })
    await sender.accept(event(1, { zeros: 50_000 }))
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual([status.published, status.refused], [1, 0])
    assert.equal(JSON.parse(String(tiny.published.at(-1)?.payload)).data.image.length, 50_000)
  })

  it('has room for its mark in an event that is accepted, so that no copy is too large', async () => {
    const maximumPacketSize = 20_000
    let isDeaf = true
    const tiny = await broker({ properties: { maximumPacketSize }, puback: () => (isDeaf ? 'close' : 0) })
    const sender = await line({ port: tiny.port, protocol: '5' })
    await sender.until(({ state }) => state === 'online')
    // The largest that is accepted, found by asking.
    let zeros = maximumPacketSize
    const isAccepted = (): Promise<boolean> =>
      sender.accept(event(1, { zeros })).then(
        () => true,
        () => false,
      )
    while (!(await isAccepted())) zeros -= 8
    await sender.until(({ reconnects }) => reconnects >= 2)
    isDeaf = false
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual([status.published, status.redelivered, status.refused], [1, 1, 0])
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
    const { lastError } = await sender.until(({ waiting }) => waiting === 0)
    assert.equal(lastError, null)
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

  const STATUS = { topic: 'line/status', online: () => '{"id":"birth"}', offline: '{"id":"offline"}' }

  it('leaves its will to a broker that no longer answers, as a DISCONNECT would end it', async () => {
    let isDeaf = false
    const tiny = await broker({ puback: () => (isDeaf ? 'nothing' : 0) })
    for (const [deaf, disconnects] of [
      [false, 1],
      [true, 1],
    ] as const) {
      isDeaf = deaf
      const sender = await openLine({ port: tiny.port }, { status: STATUS })
      await sender.until(({ state }) => state === 'online')
      await sender.accept(event(1))
      await sender.close()
      assert.equal(tiny.disconnects(), disconnects)
    }
  })

  it('says that the status topic is refused, and publishes events all the same', async () => {
    const tiny = await broker({ puback: ({ topic }) => (topic === STATUS.topic ? 135 : 0) })
    const sender = await line({ port: tiny.port, protocol: '5' }, { status: STATUS })
    const { lastError } = await sender.until((status) => status.lastError !== null)
    assert.match(lastError ?? '', /^MQTT_REFUSED.*line\/status/)
    await sender.accept(event(1))
    const { refused, reconnects } = await sender.until(({ published }) => published === 1)
    assert.deepEqual([refused, reconnects], [0, 0])
  })

  it('keeps to what the broker allows with its status, too', async () => {
    for (const receiveMaximum of [1, 2]) {
      const tiny = await broker({ properties: { receiveMaximum } })
      const sender = await line({ port: tiny.port, protocol: '5' }, { status: STATUS })
      await sender.accept(...range(20).map((n) => event(n)))
      await sender.until(({ waiting }) => waiting === 0)
      assert.ok(tiny.most() <= receiveMaximum)
      assert.deepEqual(idsOf(tiny), ['birth', ...ids(range(20))])
    }
    const modest = await broker({ properties: { maximumQoS: 0, retainAvailable: false } })
    const sender = await line({ port: modest.port, protocol: '5' })
    await sender.accept(event(1, { retain: true, qos: 2 }))
    // Handed to the network is not yet arrived.
    while (modest.published.length === 0) await sleep(5)
    assert.deepEqual(
      modest.published.map(({ qos, retain }) => [qos, retain]),
      [[0, false]],
    )
  })

  it('leaves nothing behind of five hundred connections', async function () {
    this.timeout(120_000)
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    const tiny = await broker()
    const sender = await line({ port: tiny.port }, { backoff: { first: 0, cap: 0, random: () => 0 } })
    const reconnect = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++) {
        const { reconnects } = await sender.until(({ state }) => state === 'online')
        await sender.accept(event(reconnects))
        await sender.until(({ waiting }) => waiting === 0)
        tiny.cut()
        await sender.until((status) => status.reconnects > reconnects)
      }
    }
    /** Sockets, timers and the like, by kind. */
    const resources = (): Map<string, number> => {
      const counts = new Map<string, number>()
      for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
      return counts
    }
    await reconnect(20)
    const [before, heap] = [resources(), heapUsed()]
    await reconnect(500)
    // One connection may be caught in the middle of its coming or going.
    for (const [kind, count] of resources())
      assert.ok(count <= (before.get(kind) ?? 0) + 4, `${kind}: ${before.get(kind) ?? 0}, then ${count}`)
    // A client of mqtt.js that is kept takes some 16 kB.
    const growth = heapUsed() - heap
    assert.ok(growth < 500 * 5_000, `${growth} bytes of heap`)
    process.off('warning', note)
    assert.deepEqual(warnings, [])
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
