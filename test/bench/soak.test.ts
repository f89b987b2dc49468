import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../tools/tree.ts'

describe('a short soak of the handshake', function () {
  this.timeout(600_000)

  it('answers 800 parts and outlives reconnects both ways, without growth', async () => {
    const options = ['--cycles', '400', '--every', '50', '--lines', '8', '--reconnects', '3']
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'bench/soak.ts'), ...options])
    assert.match(stdout, /^PLC serves: 400 cycles/m)
    assert.match(stdout, /^PLC calls: 400 cycles/m)
  })
})
