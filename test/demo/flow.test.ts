import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../tools/tree.ts'
import { OUR_NODES } from '../support/our-nodes.ts'

interface FlowNode {
  readonly type: string
  readonly template?: string
  readonly syntax?: string
}

const nodes: FlowNode[] = JSON.parse(readFileSync(join(root, 'examples/demo.json'), 'utf8'))
const page = readFileSync(join(root, 'demo/page.html'), 'utf8')

describe('the flow of the demonstration', () => {
  it('serves demo/page.html (node tools/demo-page.ts puts it there)', () => {
    const [template, ...others] = nodes.filter(({ type }) => type === 'template')
    assert.equal(template?.template, page)
    assert.equal(template?.syntax, 'plain')
    assert.deepEqual(others, [])
  })

  // Learning takes people who judge parts; it has an example of its own.
  it('shows every node but the one that learns', () =>
    assert.deepEqual(
      OUR_NODES.filter((type) => !nodes.some((node) => node.type === type)),
      ['anomalyclip-train'],
    ))
})

describe('the page of the demonstration', () => {
  it('loads nothing from elsewhere', () =>
    assert.doesNotMatch(page, /https?:|\bsrc=["']?(?!data:)|@import|\burl\(/))

  it('says how weak the model is', () =>
    assert.match(page, /nano: small demonstration model<\/b>, weak on photographs of real parts/))
})
