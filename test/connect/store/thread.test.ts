import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startThread } from '../../../connect/store/thread.ts'
import { temporaryFolder } from '../../support/store.ts'

const DYING = new URL('../../support/dying-thread.ts', import.meta.url)

describe('thread of a store', () => {
  it('rejects everything that waits when it dies, and whatever comes after', async () => {
    const thread = await startThread({ file: 'store.db', now: 0 }, DYING)
    const waiting = [1, 2, 3].map(() => thread.call('streams', { now: 0 }))
    for (const call of waiting) await assert.rejects(call, { code: 'STORE_WRITE', message: /out of memory/ })
    await assert.rejects(thread.call('streams', { now: 0 }), { code: 'STORE_WRITE' })
    await thread.close()
  })

  it('does not keep a process alive that has nothing else to do', async () => {
    const folder = await temporaryFolder()
    const file = join(folder.path, 'store.db')
    const program = join(folder.path, 'program.mjs')
    const index = new URL('../../../connect/store/index.ts', import.meta.url).href
    await writeFile(
      program,
      `const { openStore } = await import(${JSON.stringify(index)})
      const outbox = await (await openStore(${JSON.stringify(file)})).outbox('a', { maxBytes: 1e6, maxAgeMs: 1e9 })
      await outbox.accept({ id: 'a', envelope: '{}', payload: new Uint8Array(1) })`,
    )
    const child = spawn(process.execPath, [program], { stdio: 'inherit' })
    assert.deepEqual(await once(child, 'exit'), [0, null])
    assert.ok(existsSync(file))
    await folder.remove()
  })
})
