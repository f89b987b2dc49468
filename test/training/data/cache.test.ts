import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFeatureCache } from '../../../training/data/cache.ts'

const KEY = 'a'.repeat(64)
const features = {
  image: Float32Array.of(1, 2),
  patches: Float32Array.of(3, 4, 5, 6),
  mask: Uint8Array.of(0, 1, 1),
}

describe('the cache of features', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anomalyclip-features-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('gives back what was put in, also to who opens it later', async () => {
    const cache = await openFeatureCache(folder)
    assert.deepEqual([cache.has(KEY), await cache.get(KEY)], [false, null])
    await cache.put(KEY, features)
    for (const each of [cache, await openFeatureCache(folder)])
      assert.deepEqual([each.has(KEY), await each.get(KEY)], [true, features])
  })

  it('tells no mask and no patches from empty ones', async () => {
    const cache = await openFeatureCache(folder)
    const alone = { ...features, patches: null, mask: null }
    await cache.put(KEY, alone)
    assert.deepEqual(await cache.get(KEY), alone)
  })

  it('has nothing where an entry was cut off, changed or removed', async () => {
    const cache = await openFeatureCache(folder)
    const file = join(folder, `${KEY}.features`)
    await cache.put(KEY, features)
    const bytes = await readFile(file)
    bytes[bytes.length - 1]! ^= 1
    await writeFile(file, bytes)
    assert.equal(await cache.get(KEY), null)
    await truncate(file, 20)
    assert.equal(await cache.get(KEY), null)
    await rm(file)
    assert.equal(await cache.get(KEY), null)
    await cache.put(KEY, features)
    assert.deepEqual(await cache.get(KEY), features)
  })

  it('removes what a killed process has left half written, and nothing that somebody may be writing', async () => {
    const [old, fresh, other] = ['.x.features.1-0.part', '.y.features.2-0.part', 'notes.txt'] as const
    for (const name of [old, fresh, other]) await writeFile(join(folder, name), 'x')
    const yesterday = Date.now() / 1000 - 86_400
    for (const name of [old, other]) await utimes(join(folder, name), yesterday, yesterday)
    await openFeatureCache(folder)
    assert.deepEqual(await readdir(folder), [fresh, other])
  })

  it('that cannot be made or written is TRAINING_OUTPUT', async () => {
    await writeFile(join(folder, 'file'), '')
    await assert.rejects(openFeatureCache(join(folder, 'file')), { code: 'TRAINING_OUTPUT' })
    const cache = await openFeatureCache(join(folder, 'gone'))
    await rm(join(folder, 'gone'), { recursive: true })
    await assert.rejects(cache.put(KEY, features), { code: 'TRAINING_OUTPUT' })
  })
})
