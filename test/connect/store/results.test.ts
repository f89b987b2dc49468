import assert from 'node:assert/strict'
import { join } from 'node:path'
import { openStore, type Store } from '../../../connect/store/index.ts'
import { temporaryFolder } from '../../support/store.ts'

describe('result log', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let file: string
  let stores: Store[] = []

  const open = async (): Promise<Store> => {
    const store = await openStore(file)
    stores.push(store)
    return store
  }
  const result = (acquisitionId: number, overlay: Uint8Array | null = null) => ({
    acquisitionId,
    body: `{"job":${acquisitionId}}`,
    overlay,
  })

  beforeEach(async () => {
    folder = await temporaryFolder()
    file = join(folder.path, 'store.db')
    stores = []
  })
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await folder.remove()
  })

  it('keeps results over a restart, and hands out with their overlays those that were not acknowledged', async () => {
    const first = await open()
    const log = await first.results('plc', 10)
    const one = await log.add(result(1, Buffer.from('jpeg')))
    const two = await log.add(result(2, Buffer.from('jpeg')))
    assert.ok(two > one)
    await log.acknowledge(one)
    await first.close()

    const again = await (await open()).results('plc', 10)
    const [waiting, ...more] = await again.waiting()
    assert.deepEqual({ ...waiting, overlay: null }, { ...result(2), sequence: two, acknowledged: false })
    assert.equal(Buffer.from(waiting?.overlay ?? []).toString(), 'jpeg')
    assert.deepEqual(more, [])
    assert.deepEqual(await again.newest(), [
      { ...result(2), sequence: two, acknowledged: false },
      { ...result(1), sequence: one, acknowledged: true },
    ])
  })

  it('deletes acknowledged results beyond the newest, and never one that waits', async () => {
    const log = await (await open()).results('plc', 2)
    const sequences: number[] = []
    for (let n = 1; n <= 5; n++) sequences.push(await log.add(result(n)))
    for (const sequence of sequences.slice(1)) await log.acknowledge(sequence)
    assert.deepEqual(
      (await log.waiting()).map(({ acquisitionId }) => acquisitionId),
      [1],
    )
    assert.deepEqual(
      (await log.newest()).map(({ acquisitionId }) => acquisitionId),
      [5, 4],
    )
    await log.acknowledge(sequences[0] ?? 0)
    assert.deepEqual(await log.waiting(), [])
    const wider = await (stores[0] as Store).results('plc', 100)
    assert.deepEqual(
      (await wider.newest()).map(({ acquisitionId }) => acquisitionId),
      [5, 4],
    )
  })

  it('keeps the results and the state of two owners apart', async () => {
    const store = await open()
    const [a, b] = [await store.results('a', 5), await store.results('b', 5)]
    const sequence = await a.add(result(1))
    await b.acknowledge(sequence)
    assert.equal((await a.waiting()).length, 1)
    assert.equal(await a.readState(), null)
    await a.writeState('{"n":1}')
    await a.writeState('{"n":2}')
    assert.deepEqual([await a.readState(), await b.readState()], ['{"n":2}', null])
    await store.close()
    assert.equal(await (await (await open()).results('a', 5)).readState(), '{"n":2}')
  })
})
