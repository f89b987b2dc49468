import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../tools/tree.ts'
import { FILES_OF_NODES } from '../support/our-nodes.ts'

/** Node-RED loads the file of every node at its start, whether a flow uses it or not. Needs a finished build. */
describe('loading the nodes', function () {
  this.timeout(120_000)

  const loadedBy = async (files: readonly string[]): Promise<readonly string[]> => {
    const script = `
      import { registerHooks } from 'node:module'
      const loaded = []
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      for (const file of ${JSON.stringify(files)}) await import(file)
      console.log(JSON.stringify(loaded))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
    })
    return JSON.parse(stdout) as string[]
  }
  const isOpcUa = (file: string): boolean => file.includes('/node_modules/node-opcua/')

  it('leaves node-opcua, its second and its 100 MB to flows that use it', async () => {
    const nodes = Object.values(FILES_OF_NODES).map((file) => join(root, file))
    assert.ok(nodes.length > 5)
    assert.deepEqual((await loadedBy(nodes)).filter(isOpcUa), [])
  })

  it('would be seen loading it', async () => {
    assert.ok((await loadedBy([join(root, 'dist/connect/opcua/client/index.js')])).some(isOpcUa))
  })
})
