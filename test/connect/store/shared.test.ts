import assert from 'node:assert/strict'
import { mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openStore, storeHost } from '../../../connect/store/index.ts'
import { numbered, temporaryFolder } from '../../support/store.ts'

const NO_LIMITS = { maxBytes: 1e9, maxAgeMs: 1e12 }

describe('shared store', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let file: string

  beforeEach(async () => {
    folder = await temporaryFolder()
    file = join(folder.path, 'store.db')
  })
  afterEach(() => folder.remove())

  it('is one file for several users, and closed by the last of them', async () => {
    const share = storeHost()
    const [a, b] = await Promise.all([share(file), share(file)])
    await a.close()
    await a.close()
    const outbox = await b.outbox('b', NO_LIMITS)
    await outbox.accept(numbered(1))
    await assert.rejects(openStore(file), { code: 'STORE_LOCKED' })
    await b.close()
    await (await openStore(file)).close()
  })

  it('can be opened again while the last user still closes it', async () => {
    const share = storeHost()
    const first = await share(file)
    const outbox = await first.outbox('a', NO_LIMITS)
    const accepted = outbox.accept(numbered(1))
    const closed = first.close()
    const second = await share(file)
    await Promise.all([accepted, closed])
    assert.equal((await second.outbox('a', NO_LIMITS)).counts().waiting, 1)
    await second.close()
  })

  it('tries again after a failure', async () => {
    const share = storeHost()
    await mkdir(file)
    await assert.rejects(share(file), { code: 'STORE_WRITE' })
    await rmdir(file)
    await (await share(file)).close()
  })
})
