import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { openStore, type Store } from '../../../connect/store/index.ts'
import { isCodedError } from '../../../errors/index.ts'
import { numbered, smallDisk, temporaryFolder } from '../../support/store.ts'

const NO_LIMITS = { maxBytes: 1e9, maxAgeMs: 1e12 }
const ACCEPTING = fileURLToPath(new URL('../../support/accepting.ts', import.meta.url))

/** The store sets 1 MiB aside and lets its log grow to as much. */
const DISK_BYTES = 8 * 1024 * 1024

const needDisk = async (context: Mocha.Context): Promise<{ path: string; remove: () => Promise<void> }> => {
  const disk = await smallDisk(DISK_BYTES)
  if (disk !== null) return disk
  console.warn('      skipped: this user may not mount a tmpfs, so no disk can be filled')
  return context.skip()
}

describe('a store in trouble', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let file: string
  let stores: Store[] = []

  const open = async (at = file): Promise<Store> => {
    const store = await openStore(at)
    stores.push(store)
    return store
  }

  beforeEach(async () => {
    folder = await temporaryFolder()
    file = join(folder.path, 'store.db')
    stores = []
  })
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await folder.remove()
  })

  it('refuses a file that another process has open, and takes it once that one has died', async () => {
    const child = spawn(process.execPath, [ACCEPTING, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await assert.rejects(openStore(file), { code: 'STORE_LOCKED' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.ok((await (await open()).outbox('line', NO_LIMITS)).counts().waiting > 0)
  })

  it('refuses a second store of this process on one file, which leaves the first its lock', async () => {
    await open()
    await assert.rejects(openStore(file), { code: 'STORE_LOCKED' })
    const child = spawn(process.execPath, [ACCEPTING, file], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await once(child, 'close')
    assert.match(said, /STORE_LOCKED/)
  })

  it('leaves a file that is no database as it is, and says so', async () => {
    const bytes = Buffer.alloc(50_000, 'not a database ')
    await writeFile(file, bytes)
    await assert.rejects(openStore(file), { code: 'STORE_DAMAGED' })
    assert.deepEqual(await readFile(file), bytes)
  })

  it('leaves a file of a later version as it is, and the database of another program', async () => {
    for (const content of ['PRAGMA user_version = 99', 'CREATE TABLE other (a)']) {
      const at = join(folder.path, `${content.length}.db`)
      const database = new DatabaseSync(at)
      database.exec(content)
      database.close()
      const bytes = await readFile(at)
      await assert.rejects(openStore(at), { code: 'STORE_DAMAGED' })
      assert.deepEqual(await readFile(at), bytes)
    }
  })

  it('says of a file whose inside was overwritten that it is damaged', async () => {
    const store = await open()
    const outbox = await store.outbox('a', NO_LIMITS)
    for (let n = 0; n < 50; n++) await outbox.accept(numbered(n, 2000))
    await store.close()
    const bytes = await readFile(file)
    await writeFile(file, bytes.fill(0xab, 4096))
    await assert.rejects(
      (async () => {
        await (await (await open()).outbox('a', NO_LIMITS)).take(0, 100)
      })(),
      { code: 'STORE_DAMAGED' },
    )
  })

  it('cannot be made where nothing may be written', async () => {
    await writeFile(join(folder.path, 'file'), '')
    await assert.rejects(openStore(join(folder.path, 'file', 'store.db')), { code: 'STORE_WRITE' })
  })

  it('makes a file private that was open to others', async () => {
    await (await openStore(file)).close()
    await chmod(file, 0o644)
    await open()
    assert.equal((await stat(file)).mode & 0o777, 0o600)
  })

  it('says that it is closed', async () => {
    const store = await open()
    const outbox = await store.outbox('a', NO_LIMITS)
    const last = outbox.accept(numbered(1))
    const closed = store.close()
    await last
    await assert.rejects(outbox.accept(numbered(2)), { code: 'STORE_CLOSED' })
    await closed
    assert.equal((await (await open()).outbox('a', NO_LIMITS)).counts().waiting, 1)
  })

  it('refuses what comes in on a full disk, lets out what is in, and goes on once there is room', async function () {
    const disk = await needDisk(this)
    try {
      const filler = join(disk.path, 'filler')
      const store = await open(join(disk.path, 'store.db'))
      const outbox = await store.outbox('a', NO_LIMITS)
      let accepted = 0
      let refusal: unknown
      while (refusal === undefined) {
        try {
          await outbox.accept(numbered(accepted, 50_000))
          accepted++
        } catch (error) {
          refusal = error
        }
      }
      assert.ok(isCodedError(refusal, 'STORE_FULL'), String(refusal))
      assert.equal(outbox.counts().waiting, accepted)
      // The rest of the disk goes to somebody else, the reserve's room excepted.
      await writeFile(filler, Buffer.alloc(DISK_BYTES)).catch(() => {})
      await assert.rejects(outbox.accept(numbered(accepted, 50_000)), { code: 'STORE_FULL' })

      await rm(filler)
      const messages = await outbox.take(0, 1000)
      assert.deepEqual(
        messages.map(({ id }) => id),
        Array.from({ length: accepted }, (_, n) => `event-${n}`),
      )
      for (const { sequence } of messages) await outbox.forget([sequence])
      assert.equal(outbox.counts().waiting, 0)
      for (let n = 0; n < accepted / 2; n++) await outbox.accept(numbered(n, 50_000))
      assert.ok(outbox.counts().waiting >= accepted / 2)
      await store.close()
    } finally {
      await Promise.all(stores.map((store) => store.close()))
      await disk.remove()
    }
  })

  it('can be emptied on a disk that stays full', async function () {
    const disk = await needDisk(this)
    try {
      const store = await open(join(disk.path, 'store.db'))
      const outbox = await store.outbox('a', NO_LIMITS)
      for (let n = 0; n < 60; n++) await outbox.accept(numbered(n, 10_000))
      await writeFile(join(disk.path, 'filler'), Buffer.alloc(DISK_BYTES)).catch(() => {})
      let after = 0
      const seen: string[] = []
      for (let n = 0; n < 60; n++) {
        const [message] = await outbox.take(after, 1)
        assert.ok(message)
        after = message.sequence
        seen.push(message.id)
        await outbox.forget([message.sequence])
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 60 }, (_, n) => `event-${n}`),
      )
      assert.equal(outbox.counts().waiting, 0)
    } finally {
      await Promise.all(stores.map((store) => store.close()))
      await disk.remove()
    }
  })

  it('opens on a disk that is full already', async function () {
    const disk = await needDisk(this)
    try {
      await mkdir(join(disk.path, 'a'))
      const at = join(disk.path, 'a', 'store.db')
      await writeFile(join(disk.path, 'filler'), Buffer.alloc(DISK_BYTES)).catch(() => {})
      await assert.rejects(openStore(at), { code: 'STORE_FULL' })
    } finally {
      await disk.remove()
    }
  })
})
