import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import vm from 'node:vm'
import { FLAT_NAMESPACE, GROUPS } from '../../../connect/opcua/server/index.ts'
import { root } from '../../../tools/tree.ts'

const html = readFileSync(join(root, 'nodes/opcua-vision/opcua-vision.html'), 'utf8')

/** The dialog cannot import: its own list, cut out of its script. */
const { NAMESPACE, nodeIds } = vm.runInNewContext(
  `${/const NAMESPACE =[\s\S]*?(?=RED\.nodes\.registerType)/.exec(html)?.[0]}; ({ NAMESPACE, nodeIds })`,
) as { NAMESPACE: string; nodeIds: (station: string) => string[] }

describe('what the dialog of opcua-vision tells the PLC programmer', () => {
  it('is the namespace and every variable that the server has, with its type', () => {
    assert.equal(NAMESPACE, FLAT_NAMESPACE)
    const served = Object.entries(GROUPS).flatMap(([group, { variables }]) =>
      Object.entries<{ type: string; rows?: true }>(variables).map(
        ([name, { type, rows }]) => `ns=2;s=line.${group}.${name}  ${type}${rows ? '[]' : ''}`,
      ),
    )
    assert.deepEqual([...nodeIds('line')], served)
  })
})
