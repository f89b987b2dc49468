import assert from 'node:assert/strict'
import { freePort } from '../../../demo/node-red.ts'
import { type Mosquitto, needMosquitto, startMosquitto } from '../../support/mosquitto.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { event, type Line, type Listener, listen, numberOf, openLine, range, withoutZeros } from './line.ts'

describe('publisher and Mosquitto', () => {
  let broker: Mosquitto
  const open: { close(): Promise<void> }[] = []
  const opened = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const thing = await opening
    open.unshift(thing)
    return thing
  }
  const line = (...args: Parameters<typeof openLine>): Promise<Line> => opened(openLine(...args))
  const listener = (port: number, topic?: string): Promise<Listener> => opened(listen(port, topic))

  before(async function () {
    needMosquitto(this)
    broker = await startMosquitto()
  })
  after(() => broker?.stop())
  afterEach(async () => {
    for (const thing of open.splice(0)) await thing.close()
  })

  for (const protocol of ['5', '3.1.1'] as const)
    for (const qos of [0, 1, 2] as const)
      it(`brings events once and in order, and forgets them, over MQTT ${protocol} with QoS ${qos}`, async () => {
        const { packets, numbers, until } = await listener(broker.port)
        const { accept, ...sender } = await line({ port: broker.port, protocol })
        await sender.until(({ state }) => state === 'online')
        await accept(...range(50).map((n) => event(n, { qos })))
        await until((all) => all.length >= 50)
        const status = await sender.until(({ waiting, inFlight }) => waiting === 0 && inFlight === 0)
        assert.deepEqual(numbers(), range(50))
        assert.ok(packets.every((packet) => packet.qos === qos && !packet.dup))
        assert.deepEqual(
          [status.protocol, status.published, status.redelivered, status.reconnects, status.lastError],
          [protocol, 50, 0, 0, null],
        )
      })

  it('tells an MQTT 5 broker what kind of content it is, and the attributes in binary mode', async () => {
    const { packets, until } = await listener(broker.port)
    const { accept } = await line({ port: broker.port })
    await accept(
      event(1, {
        mode: 'binary',
        correlationData: { text: 'job 7', encoding: 'utf8' },
        expiryMs: 60_000,
      }),
      event(2),
    )
    await until((all) => all.length === 2)
    const [binary, structured] = packets
    assert.deepEqual(JSON.parse(binary?.payload.toString() ?? ''), { n: 1 })
    assert.equal(binary?.properties?.contentType, 'application/json')
    assert.deepEqual(
      { ...binary?.properties?.userProperties },
      { specversion: '1.0', id: 'e-1', source: '/test', type: 'test.v1' },
    )
    assert.equal(binary?.properties?.correlationData?.toString(), 'job 7')
    assert.ok((binary?.properties?.messageExpiryInterval ?? 0) > 50)
    assert.equal(structured?.properties?.contentType, 'application/cloudevents+json')
  })

  it('sends what was accepted while there was no broker, as first copies, once there is one', async () => {
    const port = await freePort()
    const sender = await line({ port })
    await sender.accept(...range(20).map((n) => event(n)))
    const waiting = await sender.until(({ state }) => state === 'offline')
    assert.equal(waiting.waiting, 20)
    assert.match(waiting.lastError ?? '', /^MQTT_UNREACHABLE/)
    const late = await startMosquitto({ port, lines: ['max_queued_messages 1000'] })
    open.push({ close: late.stop })
    const status = await sender.until(({ waiting: left }) => left === 0)
    assert.deepEqual([status.published, status.redelivered, status.lastError], [20, 0, null])
  })

  it('loses nothing and keeps the order when the broker is killed and comes back, and marks the copies', async () => {
    const port = await freePort()
    let late = await startMosquitto({ port })
    open.push({ close: () => late.stop() })
    const hear = await listener(port)
    const sender = await line({ port })
    const total = 300
    const accepting = (async () => {
      for (let n = 0; n < total; n++) await sender.publisher.accept(event(n))
    })()
    for (const heard of [30, 120]) {
      await hear.until((all) => all.length >= heard)
      await late.kill()
      late = await startMosquitto({ port })
    }
    await accepting
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.equal(status.published, total)
    assert.ok(status.reconnects >= 2)

    // The listener was away, too: what it missed was acknowledged to the publisher before. Nothing is out of order.
    const firsts = [...new Set(hear.numbers())]
    assert.deepEqual(
      firsts,
      firsts.toSorted((a, b) => a - b),
    )
    const seen = new Set<number>()
    for (const packet of hear.packets) {
      const { redelivery } = JSON.parse(packet.payload.toString())
      const n = numberOf(packet)
      if (seen.has(n)) assert.ok(redelivery >= 1, `a second copy of event ${n} is not marked`)
      seen.add(n)
      assert.equal(packet.properties?.userProperties?.redelivery, redelivery?.toString())
    }
  })

  it('leaves the image out of an event that is too large for the broker, and holds up nobody', async () => {
    const small = await startMosquitto({ lines: ['max_packet_size 20000'] })
    open.push({ close: small.stop })
    const hear = await listener(small.port)
    const sender = await line({ port: small.port }, { shrink: withoutZeros })
    await sender.until(({ state }) => state === 'online')
    await sender.accept(...range(21).map((n) => event(n, { zeros: n === 10 ? 30_000 : 0 })))
    await hear.until((all) => all.length === 21)
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual(hear.numbers(), range(21))
    assert.equal(JSON.parse(hear.packets[10]?.payload.toString() ?? '').data.imageOmitted, true)
    assert.deepEqual([status.reconnects, status.refused, status.published], [0, 0, 21])
  })

  it('refuses an event that is too large even so, counts it, and sends the others without a reconnect', async () => {
    const small = await startMosquitto({ lines: ['max_packet_size 20000'] })
    open.push({ close: small.stop })
    const hear = await listener(small.port)
    const sender = await line({ port: small.port })
    // Accepted before the broker's limit is known.
    await sender.accept(...range(21).map((n) => event(n, { zeros: n === 10 ? 30_000 : 0 })))
    await hear.until((all) => all.length === 20)
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual(
      hear.numbers(),
      range(21).filter((n) => n !== 10),
    )
    assert.deepEqual(sender.refused, [{ id: 'e-10', code: 'MQTT_TOO_LARGE' }])
    assert.deepEqual([status.reconnects, status.refused], [0, 1])
    assert.match(status.lastError ?? '', /^MQTT_TOO_LARGE/)
    // And now it is known.
    await assert.rejects(sender.publisher.accept(event(99, { zeros: 30_000 })), { code: 'MQTT_TOO_LARGE' })
    assert.equal(sender.outbox.counts().waiting, 0)
  })

  it('takes an event that fits to the byte', async () => {
    const small = await startMosquitto({ lines: ['max_packet_size 20000'] })
    open.push({ close: small.stop })
    const hear = await listener(small.port)
    const sender = await line({ port: small.port })
    await sender.until(({ state }) => state === 'online')
    // Found by asking: the largest that is not refused at acceptance.
    let zeros = 19_000
    for (let step = 1024; step >= 1; step /= 2)
      while (
        await sender.publisher.accept(event(zeros + step, { zeros: zeros + step })).then(
          () => true,
          () => false,
        )
      )
        zeros += step
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.ok(hear.numbers().includes(zeros))
    assert.deepEqual([status.reconnects, status.refused], [0, 0])
  })

  it('finds out the limit of a broker that does not tell it, and goes on', async function () {
    this.timeout(120_000)
    const small = await startMosquitto({ lines: ['max_packet_size 20000'] })
    open.push({ close: small.stop })
    const hear = await listener(small.port)
    // 3.1.1 has no word for it; Mosquitto ends the connection.
    const sender = await line({ port: small.port, protocol: '3.1.1' }, { shrink: withoutZeros })
    await sender.accept(...range(21).map((n) => event(n, { zeros: n === 10 ? 30_000 : 0 })))
    await hear.until((all) => new Set(all.map(numberOf)).size === 21)
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.equal(status.refused, 0)
    assert.deepEqual([...new Set(hear.numbers())], range(21))
    // What the broker takes is still sent with its image, and what it does not take without an attempt.
    await sender.accept(event(21, { zeros: 15_000 }), event(22, { zeros: 40_000 }))
    await hear.until((all) => all.some((packet) => numberOf(packet) === 22))
    const [whole, light] = hear.packets.slice(-2).map(({ payload }) => JSON.parse(payload.toString()).data)
    assert.deepEqual([whole.image.length, light.imageOmitted], [15_000, true])
    assert.equal(sender.publisher.status().reconnects, status.reconnects)
  })

  it('drops what has expired, and counts it', async () => {
    const port = await freePort()
    let now = Date.now()
    const clock = {
      now: () => now,
      after: (ms: number, run: () => void) => {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
    }
    const sender = await line({ port }, { clock })
    await sender.accept(event(1, { expiryMs: 1000 }), event(2))
    now += 1001
    const late = await startMosquitto({ port })
    open.push({ close: late.stop })
    const status = await sender.until(({ waiting }) => waiting === 0)
    assert.deepEqual([status.published, status.dropped], [1, 1])
  })

  it('publishes its birth before events, and the offline status when it is closed', async () => {
    const hear = await listener(broker.port, '#')
    const status = { topic: 'line/status', online: () => '{"n":"birth"}', offline: '{"n":"offline"}' }
    const sender = await openLine({ port: broker.port }, { status })
    await sender.accept(event(1))
    await sender.until(({ published }) => published === 1)
    await sender.close()
    await hear.until((all) =>
      all.some(({ topic, payload }) => topic === 'line/status' && /offline/.test(payload.toString())),
    )
    assert.deepEqual(
      hear.packets.filter(({ retain }) => !retain).map(({ topic }) => topic),
      ['line/status', 'line/events', 'line/status'],
    )
    // Retained: who comes later knows.
    const later = await listener(broker.port, 'line/status')
    await later.until((all) => all.length === 1)
    assert.deepEqual(
      [later.packets[0]?.retain, later.packets[0]?.payload.toString()],
      [true, '{"n":"offline"}'],
    )
  })

  it('leaves its will to the broker, which tells when the process is gone without a word', async () => {
    const topic = 'will/status'
    const hear = await listener(broker.port, topic)
    const sender = await line(
      { port: broker.port, clientId: 'mortal' },
      { status: { topic, online: () => '{"n":1}', offline: '{"n":0}' } },
    )
    await sender.until(({ state }) => state === 'online')
    await hear.until((all) => all.length === 1)
    // Another client of the same id throws the first one out, as a crash would.
    const second = await openLine({ port: broker.port, clientId: 'mortal' })
    await hear.until((all) => all.some((packet) => numberOf({ ...packet, payload: packet.payload }) === 0))
    await second.close()
  })

  for (const [how, freeze] of [
    ['in order', false],
    ['behind a network that has gone, so that the broker still holds the old connection', true],
  ] as const)
    it(`says "online" last when a publisher takes the place of one that ended ${how}`, async () => {
      const topic = `again/${freeze}`
      const network = await startTcpProxy(broker.port)
      open.push({ close: network.stop })
      const hear = await listener(broker.port, topic)
      const status = { topic, online: () => '{"n":1}', offline: '{"n":0}' }
      const old = await openLine({ port: network.port, clientId: 'deployed' }, { status })
      await old.until(({ state }) => state === 'online')
      await hear.until((all) => all.length === 1)
      if (freeze) network.set('freeze')
      await old.close()
      const next = await line({ port: broker.port, clientId: 'deployed' }, { status })
      await next.until(({ state }) => state === 'online')
      await hear.until((all) => all.length === 3)
      // Whatever the broker still has of the old connection comes now.
      network.set('forward')
      network.cut()
      await next.accept(event(1))
      await next.until(({ published }) => published === 1)
      assert.deepEqual(hear.numbers(), [1, 0, 1])
      const later = await listener(broker.port, topic)
      await later.until((all) => all.length === 1)
      assert.deepEqual(later.numbers(), [1])
    })

  it('brings the status topic up to date when counters change, and not more often than it may', async () => {
    const topic = 'counted/status'
    const timers: { ms: number; run: () => void }[] = []
    const clock = {
      now: () => Date.now(),
      after: (ms: number, run: () => void) => {
        if (ms !== 10_000) {
          const timer = setTimeout(run, ms)
          return () => clearTimeout(timer)
        }
        timers.push({ ms, run })
        return () => timers.splice(0)
      },
    }
    const hear = await listener(broker.port, topic)
    const sender: Line = await line(
      { port: broker.port },
      {
        clock,
        status: {
          topic,
          online: () => JSON.stringify({ n: sender.publisher.status().published }),
          offline: '{"n":-1}',
        },
      },
    )
    await sender.until(({ state }) => state === 'online')
    await sender.accept(...range(10).map((n) => event(n)))
    await sender.until(({ published, waiting }) => published === 10 && waiting === 0)
    assert.equal(timers.length, 1)
    for (const { run } of timers.splice(0)) run()
    await hear.until((all) => all.length === 2)
    assert.deepEqual(hear.numbers(), [0, 10])
  })

  it('ends within its limit, and leaves in the outbox what was not acknowledged', async () => {
    const port = await freePort()
    const sender = await openLine({ port })
    await sender.accept(event(1))
    const before = Date.now()
    await sender.publisher.close(1500)
    assert.ok(Date.now() - before < 5000)
    assert.equal(sender.publisher.status().state, 'closed')
    assert.equal(sender.outbox.counts().waiting, 1)
    await sender.close()
  })
})
