import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { getPriority } from 'node:os'
import { promisify } from 'node:util'
import { startStub } from '../support/engine/stub-engine.ts'

const STUB_ENGINE = new URL('../support/engine/stub-engine.ts', import.meta.url).href

describe('the priority of the inference process', () => {
  it('is below that of the flow, so that the flow stays prompt on a busy machine', async () => {
    const engine = startStub()
    try {
      await engine.ready
      assert.equal(getPriority(engine.status().pid!), Math.max(10, getPriority()))
    } finally {
      await engine.close()
    }
  })

  it('does not rise above that of a Node-RED which itself runs lower still', async () => {
    const program = `
      import { getPriority } from 'node:os'
      import { startStub } from '${STUB_ENGINE}'
      const engine = startStub()
      await engine.ready
      console.log(getPriority(engine.status().pid))
      await engine.close()`
    const { stdout } = await promisify(execFile)('nice', [
      '-n',
      '19',
      process.execPath,
      '--input-type=module',
      '--eval',
      program,
    ])
    assert.equal(stdout.trim(), '19')
  })
})
