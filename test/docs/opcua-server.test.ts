import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FLAT_NAMESPACE, GROUPS } from '../../connect/opcua/server/index.ts'
import { root } from '../../tools/tree.ts'

describe('docs/opcua-server.md', () => {
  const page = readFileSync(join(root, 'docs/opcua-server.md'), 'utf8')

  it('names the namespace and every variable with its type and its meaning, and no other', () => {
    assert.ok(page.includes(FLAT_NAMESPACE))
    const rows = [...page.matchAll(/^\| `(\w+\.\w+)` \| (\S+) \| [^|]+ \| (.+) \|$/gm)].map((row) =>
      row.slice(1),
    )
    const served = Object.entries(GROUPS).flatMap(([group, { variables }]) =>
      Object.entries<{ type: string; text: string; rows?: true }>(variables).map(
        ([name, { type, text, rows: many }]) => [`${group}.${name}`, `${type}${many ? '[]' : ''}`, text],
      ),
    )
    assert.deepEqual(rows, served)
  })
})
