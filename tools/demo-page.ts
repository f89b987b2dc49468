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
  const flow = readFileSync(FLOW, 'utf8')
  const nodes: FlowNode[] = JSON.parse(flow)
  const template = nodes.find(({ type }) => type === 'template')?.template
  if (template === undefined) throw new Error(`${FLOW} has no template node to put the page into.`)
  // In place: written anew, the rest of the file would lose its format.
  const page = JSON.stringify(readFileSync(PAGE, 'utf8'))
  writeFileSync(
    FLOW,
    flow.replace(JSON.stringify(template), () => page),
  )
}
