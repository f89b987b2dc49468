import assert from 'node:assert/strict'
import {
  DEFAULT_EVENT_TOPIC,
  DEFAULT_STATUS_TOPIC,
  eventTopics,
  type Isa95,
  statusTopic,
} from '../../../connect/mqtt/topics.ts'
import { anomalyEvent } from './events.ts'

const NOWHERE: Isa95 = { enterprise: '', site: '', area: '', line: '', cell: '' }
const PLANT: Isa95 = { enterprise: 'acme', site: 'ulm', area: 'paint', line: 'line 3', cell: 'c-1' }
const refused = (make: () => unknown, message: RegExp) => {
  assert.throws(make, { code: 'MQTT_TOPIC', message })
}

describe('the topic of an event', () => {
  it('is by default the ISA-95 levels, anomaly and the camera', () => {
    const topic = eventTopics(DEFAULT_EVENT_TOPIC, PLANT)
    assert.equal(
      topic(anomalyEvent({ source: 'plant/camera-7' })),
      'acme/ulm/paint/line 3/c-1/anomaly/camera-7',
    )
  })

  it('leaves out empty ISA-95 levels together with their slash', () => {
    assert.equal(eventTopics(DEFAULT_EVENT_TOPIC, NOWHERE)(anomalyEvent({ source: 'cam' })), 'anomaly/cam')
    const topic = eventTopics(DEFAULT_EVENT_TOPIC, { ...NOWHERE, site: ' ulm ', line: '3' })
    assert.equal(topic(anomalyEvent({ source: 'cam' })), 'ulm/3/anomaly/cam')
    assert.equal(eventTopics('a/{cell}', NOWHERE)(anomalyEvent({})), 'a')
  })

  it('takes key, level, model, type and source from the event', () => {
    const topic = eventTopics('{key}/{level}/{model}/{type}/{source}', NOWHERE)
    assert.equal(
      topic(anomalyEvent({ source: 'cam', key: 'left door' })),
      'left door/alarm/nano/io.github.anomalyclip.inspection.v1/cam',
    )
  })

  it('fills in several placeholders within one level', () => {
    assert.equal(
      eventTopics('{line}-{camera}.{level}', PLANT)(anomalyEvent({ source: 'a/b' })),
      'line 3-b.alarm',
    )
  })

  it('does not take what a value holds for a placeholder', () => {
    assert.equal(
      eventTopics('{site}/{camera}', { ...PLANT, site: '{key}' })(
        anomalyEvent({ source: 'cam', key: 'secret' }),
      ),
      '{key}/cam',
    )
  })

  for (const [what, value, message] of [
    ['a plus', 'a+b', /wildcard/],
    ['a hash', '#', /wildcard/],
    ['a slash', 'a/b', /slash/],
    ['a dollar at its beginning', '$SYS', /dollar/],
    ['a dollar within', 'a$b', /dollar/],
    ['U+0000', 'a\0b', /control/],
    ['a line break', 'a\nb', /control/],
    ['a control character of the second set', 'a\u0085b', /control/],
    ['half a surrogate pair', 'a\ud800', /control/],
    ['a noncharacter', 'a\uffff', /control/],
    ['a backslash', 'a\\b', /path/],
    ['two dots', '..', /path/],
    ['two dots within', 'a..b', /path/],
    ['one dot alone', '.', /path/],
    ['nothing but blanks', '  ', /nothing/],
    ['nothing', '', /nothing/],
  ] as const) {
    it(`refuses a value with ${what}, and says which placeholder and what to do`, () => {
      const topic = eventTopics('a/{key}', NOWHERE)
      refused(() => topic(anomalyEvent({ key: value })), message)
      refused(() => topic(anomalyEvent({ key: value })), /\{key\}.*threshold: key/s)
    })

    if (value.trim() !== '')
      it(`refuses an ISA-95 field with ${what} at configuration`, () => {
        refused(
          () => eventTopics(DEFAULT_EVENT_TOPIC, { ...PLANT, area: value }),
          /\{area\}.*Correct the field/s,
        )
      })
  }

  it('takes a dot within a value, and a dollar within the template', () => {
    assert.equal(eventTopics('a$/{key}', NOWHERE)(anomalyEvent({ key: 'b.c' })), 'a$/b.c')
  })

  it('refuses an event without a source where the topic needs one', () => {
    refused(() => eventTopics('{camera}', NOWHERE)(anomalyEvent({ source: '' })), /\{camera\}.*nothing/s)
    refused(() => eventTopics('{camera}', NOWHERE)(anomalyEvent({ source: 'cam/' })), /\{camera\}.*nothing/s)
    assert.equal(eventTopics('fixed', NOWHERE)(anomalyEvent({ source: '' })), 'fixed')
  })

  it('refuses an empty ISA-95 field that shares its level with other text', () => {
    refused(() => eventTopics('line-{line}/x', NOWHERE), /\{line\}.*nothing/s)
  })

  for (const [what, template, message] of [
    ['an unknown placeholder', 'a/{camara}', /\{camara\} is not a placeholder.*\{camera\}/s],
    ['a placeholder of the status topic', 'a/{node}', /\{node\} is not a placeholder/],
    ['a placeholder without a name', 'a/{}', /\{\} is not a placeholder/],
    ['an open brace', 'a/{key', /brace/],
    ['a closing brace', 'a/key}', /brace/],
    ['a plus', 'a/+/b', /wildcard/],
    ['a hash', 'a/#', /wildcard/],
    ['a slash at its beginning', '/a', /slash/],
    ['a slash at its end', 'a/', /slash/],
    ['two slashes', 'a//b', /slash/],
    ['a dollar at its beginning', '$share/g/a', /\$ at its beginning/],
    ['a control character', 'a\tb', /control/],
    ['a way up', 'a/../b', /path/],
    ['nothing', '', /empty/],
    ['nothing but empty ISA-95 fields', '{site}/{area}', /empty ISA-95/],
  ] as const)
    it(`refuses a template with ${what} at configuration`, () => {
      refused(() => eventTopics(template, NOWHERE), message)
    })

  it('has at most 65,535 bytes of UTF-8', () => {
    const topic = eventTopics('a{key}', NOWHERE)
    assert.equal(Buffer.byteLength(topic(anomalyEvent({ key: 'ü'.repeat(32_767) }))), 65_535)
    refused(() => topic(anomalyEvent({ key: 'ü'.repeat(32_768) })), /65537 bytes/)
  })
})

describe('the topic of the status', () => {
  it('is by default the ISA-95 levels, anomaly/status and the node', () => {
    assert.equal(
      statusTopic(DEFAULT_STATUS_TOPIC, PLANT, 'n1', 'box'),
      'acme/ulm/paint/line 3/c-1/anomaly/status/n1',
    )
    assert.equal(statusTopic(DEFAULT_STATUS_TOPIC, NOWHERE, 'n1', 'box'), 'anomaly/status/n1')
  })

  it('can have the name of the machine in it', () => {
    assert.equal(statusTopic('{host}/{node}', PLANT, 'n1', 'box'), 'box/n1')
    refused(() => statusTopic('{host}', PLANT, 'n1', ''), /\{host\}/)
  })

  it('refuses what only an event has, and a node whose name is no level', () => {
    refused(() => statusTopic('a/{camera}', PLANT, 'n1', 'box'), /\{camera\} is not a placeholder/)
    refused(() => statusTopic('a/{node}', PLANT, 'line/3', 'box'), /\{node\}.*another name/s)
  })
})
