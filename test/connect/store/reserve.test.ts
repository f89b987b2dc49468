import assert from 'node:assert/strict'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reserveBeside } from '../../../connect/store/reserve.ts'
import { temporaryFolder } from '../../support/store.ts'

describe('reserve of a store', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  beforeEach(async () => {
    folder = await temporaryFolder()
  })
  afterEach(() => folder.remove())

  it('takes a megabyte of the disk, and gives it back', async () => {
    const reserve = reserveBeside(join(folder.path, 'store.db'))
    assert.ok(reserve.ensure())
    const { size, blocks } = await stat(join(folder.path, 'store.db-reserve'))
    assert.equal(size, 1024 * 1024)
    assert.ok(blocks * 512 >= size)
    reserve.release()
    await assert.rejects(stat(join(folder.path, 'store.db-reserve')), { code: 'ENOENT' })
  })

  it('throws nothing where it cannot be given back, as on a disk that has become read-only', async () => {
    const inTheWay = join(folder.path, 'store.db-reserve')
    await mkdir(inTheWay)
    await writeFile(join(inTheWay, 'file'), '')
    const reserve = reserveBeside(join(folder.path, 'store.db'))
    reserve.release()
    assert.ok(await stat(inTheWay))
  })

  it('is none where nothing can be written', () => {
    const reserve = reserveBeside(join(folder.path, 'missing', 'store.db'))
    assert.equal(reserve.ensure(), false)
  })
})
