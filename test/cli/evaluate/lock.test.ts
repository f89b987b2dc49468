import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { lockOutput } from '../../../cli/evaluate/lock.ts'
import { inNewFolder } from '../anomalyclip.ts'

const lockOf = (folder: string, content: string) => writeFile(join(folder, '.evaluating'), content)

describe('the lock of an output folder', () => {
  it('is held by one run, and leaves nothing behind', () =>
    inNewFolder(async (folder) => {
      const giveBack = await lockOutput(folder)
      assert.deepEqual(await readdir(folder), ['.evaluating'])
      await giveBack()
      assert.deepEqual(await readdir(folder), [])
    }))

  it('is refused while its process lives, or may live on another computer', () =>
    inNewFolder(async (folder) => {
      for (const holder of [`${process.ppid} ${hostname()}\n`, `1 another-${hostname()}\n`, '']) {
        await lockOf(folder, holder)
        await assert.rejects(lockOutput(folder), {
          code: 'EVALUATION_BUSY',
          message: /remove .*\.evaluating/,
        })
      }
    }))

  it('is taken over from a process that has died', () =>
    inNewFolder(async (folder) => {
      const { pid } = spawnSync(process.execPath, ['--version'])
      await lockOf(folder, `${pid} ${hostname()}\n`)
      await (await lockOutput(folder))()
      assert.deepEqual(await readdir(folder), [])
    }))

  it('is EVALUATION_OUTPUT where it cannot be written', () =>
    inNewFolder(async (folder) => {
      await assert.rejects(lockOutput(join(folder, 'nothing')), { code: 'EVALUATION_OUTPUT' })
    }))
})
