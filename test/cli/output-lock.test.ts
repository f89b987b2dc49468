import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lockOutput } from '../../cli/output-lock.ts'
import { inNewFolder } from './anomalyclip.ts'

const MODULE = new URL('../../cli/output-lock.ts', import.meta.url)

/** A process that holds the lock of a folder until it is killed. */
const startHolder = async (folder: string) => {
  const program = `
    import { lockOutput } from ${JSON.stringify(String(MODULE))}
    globalThis.giveBack = lockOutput(${JSON.stringify(folder)}, 'EVALUATION')
    console.log('locked')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

describe('the lock of an output folder', () => {
  it('is held by one run of a process, and leaves an empty file', () =>
    inNewFolder(async (folder) => {
      const giveBack = lockOutput(folder, 'TRAINING')
      assert.throws(() => lockOutput(folder, 'TRAINING'), { code: 'TRAINING_BUSY', message: /--output/ })
      // The refused one has let go of the file, and must not have taken the lock with it.
      assert.throws(() => lockOutput(folder, 'EVALUATION'), { code: 'EVALUATION_BUSY' })
      giveBack()
      lockOutput(folder, 'TRAINING')()
      assert.deepEqual(await readdir(folder), ['.lock'])
      assert.equal((await stat(join(folder, '.lock'))).size, 0)
    }))

  it('is held against other processes, until its own is killed', () =>
    inNewFolder(async (folder) => {
      const holder = await startHolder(folder)
      try {
        assert.throws(() => lockOutput(folder, 'TRAINING'), { code: 'TRAINING_BUSY' })
      } finally {
        holder.kill('SIGKILL')
        await once(holder, 'exit')
      }
      lockOutput(folder, 'TRAINING')()
      assert.deepEqual(await readdir(folder), ['.lock'])
    }))

  it('is refused where none can be held', () =>
    inNewFolder(async (folder) => {
      assert.throws(() => lockOutput(join(folder, 'nothing'), 'EVALUATION'), { code: 'EVALUATION_OUTPUT' })
      await writeFile(join(folder, '.lock'), 'x'.repeat(1000))
      assert.throws(() => lockOutput(folder, 'TRAINING'), { code: 'TRAINING_OUTPUT', message: /\.lock/ })
    }))
})
