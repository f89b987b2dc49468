/** Puts demo/page.html into the template node of examples/demo.json. test/demo/flow.test.ts holds the two together. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './tree.ts'

const FLOW = join(root, 'examples', 'demo.json')
const PAGE = join(root, 'demo', 'page.html')

interface FlowNode {
  readonly type: string
  readonly template?: string
}

if (import.meta.main) {
  const nodes: FlowNode[] = JSON.parse(readFileSync(FLOW, 'utf8'))
  const template = readFileSync(PAGE, 'utf8')
  const withPage = nodes.map((node) => (node.type === 'template' ? { ...node, template } : node))
  writeFileSync(FLOW, `${JSON.stringify(withPage, null, 2)}\n`)
}
