import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import vm from 'node:vm'
import { falseRejectBound, partsNeeded } from '../../inspection/calibration/bound.ts'
import { root } from '../../tools/tree.ts'
import { OUR_NODES } from '../support/our-nodes.ts'

interface Default {
  readonly value: unknown
  readonly type?: string
  readonly validate?: (this: object, value: unknown, options: object) => unknown
}

interface Definition {
  readonly category: string
  readonly outputs?: number
  readonly outputLabels?: (this: object, index: number) => string
  readonly defaults: Record<string, Default>
}

const editorOf = (node: string) => readFileSync(join(root, 'nodes', node, `${node}.html`), 'utf8')

/** Runs the script of a dialog as the editor does; no dialog is open, so every look-up of an input finds nothing. */
const definitionOf = (node: string): Definition => {
  const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(editorOf(node))?.[1] ?? ''
  const registered = new Map<string, Definition>()
  const nothing = { length: 0, val: () => undefined }
  vm.runInNewContext(script, {
    $: () => nothing,
    RED: {
      _: (key: string) => key,
      validators: { typedInput: () => () => true },
      nodes: { registerType: (type: string, definition: Definition) => registered.set(type, definition) },
    },
  })
  return registered.get(node) ?? assert.fail(`${node} is not registered`)
}

const freshNode = (node: string, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...Object.fromEntries(
    Object.entries(definitionOf(node).defaults).map(([name, { value }]) => [name, value]),
  ),
  ...changes,
})

/** Names of the properties that the editor marks as wrong. */
const wrongIn = (node: string, changes: Record<string, unknown>): string[] => {
  const values = freshNode(node, changes)
  return Object.entries(definitionOf(node).defaults)
    .filter(([name, { validate }]) => validate && validate.call(values, values[name], {}) !== true)
    .map(([name]) => name)
}

/** Where the settings of a node are read when that is not in its own folder. */
const SETTINGS: Record<string, string[]> = {
  threshold: ['inspection/threshold/settings.ts'],
  'anomaly-event': ['inspection/event/settings.ts'],
}

/** Properties that the sources take out of `config`: `config.topic`, `number(config, 'score', …)`. */
const propertiesRead = (node: string): string[] => {
  const own = readdirSync(join(root, 'nodes', node)).filter((file) => file.endsWith('.ts'))
  const files = [...own.map((file) => `nodes/${node}/${file}`), ...(SETTINGS[node] ?? [])]
  const source = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
  const names = [...source.matchAll(/\bconfig\.(\w+)|\(\s*config,\s*'(\w+)'/g)].map(
    ([, a, b]) => a ?? b ?? '',
  )
  const typed = [...source.matchAll(/readTyped\(\s*config,\s*'(\w+)'/g)].map(([, name]) => `${name}Type`)
  return [...new Set([...names, ...typed])].filter((name) => !['name', 'version'].includes(name)).sort()
}

for (const node of OUR_NODES)
  describe(`the editor of ${node}`, () => {
    it('saves a version, so that later packages know what they read', () => {
      assert.equal(definitionOf(node).defaults.version?.value, 1)
    })

    it('finds nothing wrong with a new node', () => {
      assert.deepEqual(wrongIn(node, {}), [])
    })

    it('has an input for every property it saves, apart from the version and lists', () => {
      const html = editorOf(node)
      const prefix = definitionOf(node).category === 'config' ? 'node-config-input' : 'node-input'
      for (const [name, { value }] of Object.entries(definitionOf(node).defaults)) {
        if (name === 'version') continue
        const id = `${prefix}-${name}${Array.isArray(value) ? '-container' : ''}`
        assert.ok(html.includes(`id="${id}"`), `there is no ${id}`)
      }
    })

    it('saves what the runtime reads, and nothing else', () => {
      const saved = Object.keys(definitionOf(node).defaults).filter(
        (name) => !['name', 'version'].includes(name),
      )
      assert.deepEqual(propertiesRead(node), saved.sort())
    })

    it('has no inline event handlers and loads nothing from elsewhere', () => {
      assert.doesNotMatch(editorOf(node), /\son\w+\s*=\s*["']|<script[^>]*\ssrc=|https?:\/\//)
    })
  })

describe('the editor of threshold', () => {
  it('names its three outputs', () => {
    const { outputs, outputLabels } = definitionOf('threshold')
    assert.equal(outputs, 3)
    const labels = [0, 1, 2].map((index) => outputLabels?.call({ _: (key: string) => key }, index))
    assert.deepEqual(labels, ['port.ok', 'port.alarm', 'port.undecided'])
  })

  it('wants the warning below the alarm', () => {
    assert.deepEqual(wrongIn('threshold', { score: '0.5', warning: '0.4' }), [])
    assert.deepEqual(wrongIn('threshold', { score: '0.5', warning: '0.5' }), ['warning'])
  })

  it('marks numbers that the runtime would refuse', () => {
    assert.deepEqual(wrongIn('threshold', { score: '0' }), ['score'])
    assert.deepEqual(wrongIn('threshold', { pixel: '1.5' }), ['pixel'])
    assert.deepEqual(wrongIn('threshold', { debounceN: '4', debounceM: '3' }), ['debounceN'])
    assert.deepEqual(wrongIn('threshold', { mode: 'calibrate', goodParts: '1' }), ['goodParts'])
  })

  it('leaves fields alone that the mode does not use', () => {
    assert.deepEqual(wrongIn('threshold', { mode: 'calibrate', score: 'unused' }), [])
    assert.deepEqual(wrongIn('threshold', { mode: 'fixed', goodParts: 'unused' }), [])
    assert.deepEqual(wrongIn('threshold', { mode: 'calibrate', rule: 'rate', quantile: 'unused' }), [])
  })

  it('wants each key once, with limits that fit together', () => {
    const row = { key: 'a', score: '', warning: '', pixel: '', minArea: '' }
    assert.deepEqual(wrongIn('threshold', { settings: [row, { ...row, key: 'b' }] }), [])
    for (const rows of [
      [row, row],
      [{ ...row, key: '' }],
      [{ ...row, score: '2' }],
      [{ ...row, warning: '0.7' }],
    ])
      assert.deepEqual(wrongIn('threshold', { settings: rows }), ['settings'])
  })
})

describe('what the dialog of threshold says of good parts', () => {
  /** The dialog cannot import: its own functions, cut out of its script. */
  const { rateBound, partsFor } = vm.runInNewContext(
    `${/const atMost =[\s\S]*?(?=RED\.nodes\.registerType)/.exec(editorOf('threshold'))?.[0]}; ({ rateBound, partsFor })`,
  ) as { rateBound: typeof falseRejectBound; partsFor: typeof partsNeeded }

  it('is the bound that the runtime states after the calibration', () => {
    for (const n of [2, 3, 10, 50, 299, 1000, 5000])
      for (const blocks of [1, 2, 3, 11, 51, 102])
        assert.ok(
          Math.abs(rateBound(n, blocks) - falseRejectBound(n, blocks)) < 1e-9,
          `${n} parts, ${blocks} blocks: ${rateBound(n, blocks)}`,
        )
  })

  it('is the number of parts that the runtime asks for', () => {
    for (const rate of [0.5, 0.1, 0.05, 0.02, 0.01, 0.001, 0.0001])
      for (const blocks of [1, 2])
        assert.equal(partsFor(rate, blocks), partsNeeded(rate, blocks), `${rate}, ${blocks} blocks`)
  })
})

describe('the editor of anomalyclip-model', () => {
  it('takes names and absolute paths, and no way out of the folder of models', () => {
    for (const model of ['nano', 'line-3', '/srv/models/a', 'D:\\models\\a'])
      assert.deepEqual(wrongIn('anomalyclip-model', { model }), [], model)
    for (const model of ['', '../a', 'a/b', '.'])
      assert.deepEqual(wrongIn('anomalyclip-model', { model }), ['model'], model)
  })
})

describe('the editor of anomaly-event', () => {
  it('wants a source that is a URI reference, a reversed domain name and a topic without wildcards', () => {
    assert.deepEqual(
      wrongIn('anomaly-event', { source: '/plant/line-3', typePrefix: 'com.example', topic: 'a/b' }),
      [],
    )
    assert.deepEqual(wrongIn('anomaly-event', { source: 'line 3', typePrefix: 'Example', topic: 'a/#' }), [
      'source',
      'typePrefix',
      'topic',
    ])
  })
})

describe('the publishing of the editor of anomaly-event', () => {
  const wrong = { brokerUrl: 'x', broker: '', keepaliveS: '', eventTopic: 'a/#', site: '+', statusTopic: '/' }

  it('is off at first, and its fields do not matter then', () => {
    assert.equal(freshNode('anomaly-event').publish, 'off')
    assert.deepEqual(wrongIn('anomaly-event', wrong), [])
    assert.deepEqual(wrongIn('anomaly-event', { publish: undefined, ...wrong }), [])
  })

  it('wants a broker, and what the runtime wants', () => {
    assert.deepEqual(wrongIn('anomaly-event', { publish: 'broker' }), ['broker'])
    assert.deepEqual(wrongIn('anomaly-event', { publish: 'broker', broker: 'id' }), [])
    assert.deepEqual(wrongIn('anomaly-event', { publish: 'own' }), [])
    assert.deepEqual(wrongIn('anomaly-event', { ...wrong, publish: 'own' }).sort(), [
      'brokerUrl',
      'eventTopic',
      'keepaliveS',
      'site',
      'statusTopic',
    ])
  })

  it('marks addresses, topics and numbers that the runtime would refuse', () => {
    const own = (changes: object) => wrongIn('anomaly-event', { publish: 'own', ...changes })
    for (const brokerUrl of ['mqtts://broker.example:8883', 'wss://broker/mqtt', 'mqtt://[::1]:1883'])
      assert.deepEqual(own({ brokerUrl }), [], brokerUrl)
    for (const brokerUrl of ['', 'broker', 'http://broker', 'mqtt://', 'mqtt://user:secret@broker'])
      assert.deepEqual(own({ brokerUrl }), ['brokerUrl'], brokerUrl)
    for (const eventTopic of ['{site}/{level}', 'fixed', '{line}-{camera}'])
      assert.deepEqual(own({ eventTopic }), [], eventTopic)
    for (const eventTopic of ['{node}', 'a/+', 'a//b', '/a', '$a', 'a/../b', '{camera', ''])
      assert.deepEqual(own({ eventTopic }), ['eventTopic'], eventTopic)
    assert.deepEqual(own({ statusTopic: '', expiryS: '', maxPacketKilobytes: '' }), [])
    assert.deepEqual(own({ statusTopic: '{host}/{node}', cell: 'c 1' }), [])
    assert.deepEqual(own({ expiryS: '0', outboxMegabytes: '', outboxHours: '9999', qos: '1' }), [
      'expiryS',
      'outboxMegabytes',
      'outboxHours',
    ])
  })
})

describe('the example flows', () => {
  const core = join(root, 'node_modules/@node-red/nodes/core')
  const nodesOfNodeRed = (): string[] =>
    readdirSync(core, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.html'))
      .flatMap((file) => [
        ...readFileSync(join(core, file), 'utf8').matchAll(/registerType\(\s*['"]([^'"]+)/g),
      ])
      .map(([, type]) => type ?? '')
  const files = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.json'))
  const flowOf = (file: string) =>
    JSON.parse(readFileSync(join(root, 'examples', file), 'utf8')) as (Record<string, unknown> & {
      id: string
      type: string
      wires?: string[][]
    })[]

  it('are there for every node', () => {
    // A connection alone does nothing: it is in the examples of the nodes that use it.
    for (const node of OUR_NODES.filter((one) => one !== 'opcua-connection'))
      assert.ok(files.includes(`${node}.json`), node)
  })

  for (const file of files) {
    it(`${file} is explained by a comment and wired within itself`, () => {
      const flow = flowOf(file)
      const ids = flow.map(({ id }) => id)
      assert.equal(new Set(ids).size, ids.length)
      for (const { wires = [] } of flow) for (const id of wires.flat()) assert.ok(ids.includes(id), id)
      assert.ok(flow.some(({ type, info }) => type === 'comment' && String(info).length > 50))
    })

    it(`${file} needs no nodes but those of Node-RED and ours`, () => {
      const known = new Set([...OUR_NODES, ...nodesOfNodeRed(), 'tab', 'group'])
      assert.deepEqual(
        flowOf(file).filter(({ type }) => !known.has(type)),
        [],
      )
    })

    it(`${file} sets exactly what the editor saves for our nodes, and nothing in it is wrong`, () => {
      const NOT_PROPERTIES = ['id', 'type', 'z', 'g', 'x', 'y', 'wires']
      for (const node of flowOf(file).filter(({ type }) => OUR_NODES.includes(type))) {
        const properties = Object.keys(node).filter((name) => !NOT_PROPERTIES.includes(name))
        assert.deepEqual(properties.sort(), Object.keys(definitionOf(node.type).defaults).sort())
        assert.deepEqual(wrongIn(node.type, node), [])
      }
    })
  }
})
