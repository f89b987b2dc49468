import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../../cli/write-whole.ts'
import { isCodedError } from '../../errors/index.ts'
import { inNewFolder } from './anomalyclip.ts'

describe('writing a file whole', () => {
  it('replaces an earlier one and leaves nothing else', async () => {
    await inNewFolder(async (folder) => {
      await writeFile(join(folder, 'a.npy'), 'a longer text of yesterday')
      await writeWhole(join(folder, 'a.npy'), Buffer.from('new'))
      assert.equal(await readFile(join(folder, 'a.npy'), 'utf8'), 'new')
      assert.deepEqual(await readdir(folder), ['a.npy'])
    })
  })

  it('where it cannot be put in place, is CLI_OUTPUT and leaves nothing behind', async () => {
    await inNewFolder(async (folder) => {
      await mkdir(join(folder, 'a.npy'))
      await assert.rejects(writeWhole(join(folder, 'a.npy'), Buffer.from('new')), (error) =>
        isCodedError(error, 'CLI_OUTPUT'),
      )
      assert.deepEqual(await readdir(folder), ['a.npy'])
    })
  })
})
