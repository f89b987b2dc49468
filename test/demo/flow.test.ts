import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'

interface FlowNode {
  readonly id: string
  readonly type: string
  readonly z?: string
  readonly name?: string
  readonly template?: string
  readonly syntax?: string
  readonly wires?: readonly (readonly string[])[]
}

const nodes: FlowNode[] = JSON.parse(readFileSync(join(root, 'examples/demo.json'), 'utf8'))
const page = readFileSync(join(root, 'demo/page.html'), 'utf8')

const OURS = [
  'anomalyclip-model',
  'anomalyclip-infer',
  'threshold',
  'mask-encode',
  'anomaly-event',
  'opcua-connection',
  'opcua-image',
  'opcua-result',
  'opcua-vision',
]
const CORE = [
  'tab',
  'comment',
  'inject',
  'debug',
  'catch',
  'link in',
  'link out',
  'function',
  'change',
  'template',
]
const NETWORK = ['mqtt-broker', 'mqtt in', 'mqtt out', 'http in', 'http response']

describe('the flow of the demonstration', () => {
  it('serves demo/page.html (node tools/demo-page.ts puts it there)', () => {
    const [template, ...others] = nodes.filter(({ type }) => type === 'template')
    assert.equal(template?.template, page)
    assert.equal(template?.syntax, 'plain')
    assert.deepEqual(others, [])
  })

  it('needs no nodes but those of Node-RED and ours', () => {
    const known = [...OURS, ...CORE, ...NETWORK]
    assert.deepEqual(
      nodes.filter(({ type }) => !known.includes(type)).map(({ type }) => type),
      [],
    )
    assert.deepEqual(
      OURS.filter((type) => !nodes.some((node) => node.type === type)),
      [],
    )
  })

  it('wires to nodes that are there', () => {
    const ids = new Set(nodes.map(({ id }) => id))
    const ends = nodes.flatMap(({ wires }) => wires ?? []).flat()
    assert.deepEqual(
      ends.filter((id) => !ids.has(id)),
      [],
    )
  })
})

describe('the page of the demonstration', () => {
  it('loads nothing from elsewhere', () =>
    assert.doesNotMatch(page, /https?:|\bsrc=["']?(?!data:)|@import|\burl\(/))

  it('says how weak the model is', () =>
    assert.match(page, /nano: small demonstration model<\/b>, weak on photographs of real parts/))
})
