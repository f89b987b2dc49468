import assert from 'node:assert/strict'
import type { PublisherStatus } from '../../../connect/mqtt/index.ts'
import { logChanges } from '../../../nodes/anomaly-event/log.ts'
import { dotFor } from '../../../nodes/anomaly-event/status.ts'
import { statusMessages } from '../../../nodes/anomaly-event/status-topic.ts'
import { fakeNode } from '../fakes.ts'

const ONLINE: PublisherStatus = {
  state: 'online',
  protocol: '5',
  waiting: 0,
  inFlight: 0,
  published: 123,
  redelivered: 0,
  dropped: 0,
  refused: 0,
  reconnects: 0,
  lastError: null,
}
const OFFLINE: PublisherStatus = { ...ONLINE, state: 'offline', lastError: 'MQTT_UNREACHABLE: no route' }

describe('the dot of a node that publishes', () => {
  for (const [text, fill, status] of [
    ['online 123 q0', 'green', ONLINE],
    ['online q2 d7', 'green', { ...ONLINE, waiting: 2, dropped: 4, refused: 3 }],
    ['offline q12', 'yellow', { ...OFFLINE, waiting: 12 }],
    ['offline q12 d1', 'yellow', { ...OFFLINE, waiting: 12, dropped: 1 }],
    ['connecting q0', 'yellow', { ...ONLINE, state: 'connecting' }],
    // The tenth attempt of a night is no news.
    ['offline q0', 'yellow', { ...OFFLINE, state: 'connecting' }],
    ['MQTT_AUTH q3', 'red', { ...OFFLINE, waiting: 3, lastError: 'MQTT_AUTH: not authorized' }],
    ['MQTT_TLS q0', 'red', { ...OFFLINE, lastError: 'MQTT_TLS: expired' }],
    ['MQTT_REFUSED q5', 'red', { ...OFFLINE, waiting: 5, lastError: 'MQTT_REFUSED: not authorized' }],
    // The broker is there, and nothing can be read that it should get.
    ['STORE_WRITE q5', 'red', { ...ONLINE, waiting: 5, lastError: 'STORE_WRITE: read-only file system' }],
    // One event that was too large says nothing about the next.
    ['online q0 d1', 'green', { ...ONLINE, refused: 1, lastError: 'MQTT_TOO_LARGE: an event' }],
    ['closed', 'grey', { ...ONLINE, state: 'closed' }],
  ] as const)
    it(`is ${fill} with "${text}"`, () => {
      const dot = dotFor(status)
      assert.deepEqual([dot.text, dot.fill], [text, fill])
    })

  it('stays below 20 characters, whatever the counts', () => {
    const many = { waiting: 99_999_999, published: 9_999, dropped: 9_999, refused: 0 }
    for (const state of ['online', 'offline', 'connecting', 'closed'] as const)
      for (const dropped of [0, 9_999]) {
        const { text } = dotFor({ ...OFFLINE, ...many, dropped, state })
        assert.ok(text!.length < 20, text)
      }
  })
})

describe('the log of a node that publishes', () => {
  it('has two lines for an outage of a broker with two addresses, and one more for the next outage', () => {
    const node = fakeNode()
    const lines: string[] = []
    Object.assign(node, { log: (text: string) => void lines.push(text) })
    const log = logChanges(node, 'mqtt://broker:1883')
    const other = { ...OFFLINE, lastError: 'MQTT_UNREACHABLE: connection refused' }
    for (const status of [OFFLINE, other, OFFLINE, other, ONLINE, OFFLINE]) log(status)
    assert.deepEqual(lines, [
      OFFLINE.lastError,
      other.lastError,
      'connected to mqtt://broker:1883, MQTT 5',
      OFFLINE.lastError,
    ])
  })

  it('has one line for an outage, however often it is tried, and a warning for what has to be corrected', () => {
    const node = fakeNode()
    const lines: string[] = []
    Object.assign(node, { log: (text: string) => void lines.push(text) })
    const log = logChanges(node, 'mqtt://broker:1883')
    const refusal = { ...OFFLINE, lastError: 'MQTT_AUTH: not authorized' }
    for (const status of [
      ONLINE,
      ONLINE,
      OFFLINE,
      OFFLINE,
      { ...OFFLINE, waiting: 4 },
      ONLINE,
      refusal,
      refusal,
    ])
      log(status)
    assert.deepEqual(lines, [
      'connected to mqtt://broker:1883, MQTT 5',
      OFFLINE.lastError,
      'connected to mqtt://broker:1883, MQTT 5',
    ])
    assert.deepEqual(node.warnings, [refusal.lastError])
  })
})

describe('the status topic', () => {
  it('is none where none is set', () => {
    assert.deepEqual(
      statusMessages(null, () => ONLINE),
      {},
    )
  })

  it('tells counts, and since when this connection is there', () => {
    let now: PublisherStatus = ONLINE
    const { status } = statusMessages('a/b', () => now)
    const first = JSON.parse(status!.online())
    const { since, ...counts } = first
    assert.ok(!Number.isNaN(Date.parse(since)))
    assert.deepEqual(counts, {
      state: 'online',
      protocol: '5',
      queued: 0,
      published: 123,
      redelivered: 0,
      dropped: 0,
      refused: 0,
      reconnects: 0,
    })
    now = { ...ONLINE, published: 124 }
    assert.equal(JSON.parse(status!.online()).since, since)
    assert.deepEqual(JSON.parse(status!.offline), { state: 'offline' })
  })
})
