import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../../models/make-folder.ts'

describe('makeFolder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'make-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('makes what is missing and says what that was, innermost first', async () => {
    const inner = join(folder, 'a', 'b')
    assert.deepEqual(await makeFolder(inner), [inner, join(folder, 'a')])
    assert.deepEqual(await makeFolder(inner), [])
  })

  it('lets several make the same folder at once', async () => {
    const inner = join(folder, 'a', 'b', 'c')
    const made = await Promise.all(Array.from({ length: 8 }, () => makeFolder(inner)))
    assert.equal(made.flat().length, 3)
  })

  it('fails where a file is in the way', async () => {
    await writeFile(join(folder, 'file'), '')
    await assert.rejects(makeFolder(join(folder, 'file')), { code: 'EEXIST' })
    await assert.rejects(makeFolder(join(folder, 'file', 'a')), { code: 'ENOTDIR' })
  })

  it('fails, instead of trying for ever, where folders cannot be made', async function () {
    if (!existsSync('/proc/self')) this.skip()
    await assert.rejects(makeFolder('/proc/nobody/a'), { code: 'ENOENT' })
  })
})
