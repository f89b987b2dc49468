import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KeyParts, keyOf, openCache, type Result } from '../../../evaluation/run/cache.ts'

const RESULT: Result = {
  score: 1 / 3,
  map: { width: 3, height: 2, data: Float32Array.of(0, 0.1, 0.2, 0.3, 0.4, 1) },
  image: { width: 900, height: 600 },
}

const PARTS: KeyParts = {
  sha256: 'ab'.repeat(32),
  crop: undefined,
  className: 'nut',
  model: { version: 'b50b21a28a57', imageSize: 224 },
  device: 'cpu',
}
const KEY = keyOf(PARTS)

describe('the cache of results', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cache-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const entry = () => join(folder, `${KEY}.map`)
  const kept = () => openCache(folder, { resume: true })

  it('gives back to the bit what was put into it, in this run and in one that goes on', async () => {
    const cache = await openCache(folder, { resume: false })
    assert.equal(await cache.get(KEY), null)
    await cache.put(KEY, RESULT)
    assert.deepEqual(await cache.get(KEY), RESULT)
    assert.deepEqual(await (await kept()).get(KEY), RESULT)
    assert.equal((await readFile(entry())).length, 32 + 4 * 6)
  })

  it('gives nothing of earlier runs to one that does not go on, and keeps it for one that does', async () => {
    await (await kept()).put(KEY, RESULT)
    await writeFile(join(folder, 'notes.map'), 'mine')
    const cache = await openCache(folder, { resume: false })
    assert.equal(await cache.get(KEY), null)
    assert.deepEqual((await readdir(folder)).sort(), [`${KEY}.map`, 'notes.map'])
    await cache.put(KEY, { ...RESULT, score: 1 })
    assert.equal((await (await kept()).get(KEY))?.score, 1)
  })

  it('has nothing where an entry was cut off, damaged or is of something else, and takes a new one', async () => {
    await (await kept()).put(KEY, RESULT)
    const whole = await readFile(entry())
    const other = Buffer.from(whole)
    other[40]! ^= 1
    for (const damaged of [Buffer.alloc(0), whole.subarray(0, 31), whole.subarray(0, -4), other]) {
      await writeFile(entry(), damaged)
      assert.equal(await (await kept()).get(KEY), null)
    }
    await writeFile(entry(), 'something else that is longer than the head of an entry')
    const cache = await kept()
    assert.equal(await cache.get(KEY), null)
    await cache.put(KEY, RESULT)
    assert.deepEqual(await cache.get(KEY), RESULT)
  })

  it('keeps, where it is told to prune, only what this run was given or has put', async () => {
    const [given, put, left] = ['given', 'put', 'left'].map((className) => keyOf({ ...PARTS, className }))
    const before = await kept()
    for (const key of [given, left]) await before.put(key!, RESULT)
    await writeFile(join(folder, 'notes.map'), 'mine')
    const cache = await kept()
    await cache.get(given!)
    await cache.put(put!, RESULT)
    await cache.prune()
    assert.deepEqual((await readdir(folder)).sort(), [`${given}.map`, `${put}.map`, 'notes.map'].sort())
  })

  it('removes what a run that was killed was just writing', async () => {
    await writeFile(join(folder, `.${KEY}.map.1-1.part`), 'half')
    await kept()
    assert.deepEqual(await readdir(folder), [])
  })

  it('takes the same result twice at the same time', async () => {
    const cache = await kept()
    await Promise.all(Array.from({ length: 8 }, () => cache.put(KEY, RESULT)))
    assert.deepEqual(await cache.get(KEY), RESULT)
    assert.deepEqual(await readdir(folder), [`${KEY}.map`])
  })

  it('has a key for everything that a result depends on', () => {
    const others: KeyParts[] = [
      { ...PARTS, sha256: 'cd'.repeat(32) },
      { ...PARTS, crop: { index: 0, of: 3 } },
      { ...PARTS, crop: { index: 1, of: 3 } },
      { ...PARTS, className: 'bolt' },
      { ...PARTS, model: { ...PARTS.model, version: 'e8f1e36299a0' } },
      { ...PARTS, model: { ...PARTS.model, imageSize: 518 } },
      { ...PARTS, device: 'cuda' },
    ]
    assert.equal(new Set([KEY, ...others.map(keyOf)]).size, others.length + 1)
    assert.equal(keyOf({ ...PARTS }), KEY)
  })

  it('is EVALUATION_OUTPUT where it cannot be kept', async () => {
    await writeFile(join(folder, 'file'), '')
    await assert.rejects(openCache(join(folder, 'file'), { resume: true }), { code: 'EVALUATION_OUTPUT' })
    const cache = await openCache(join(folder, 'gone'), { resume: true })
    await rm(join(folder, 'gone'), { recursive: true })
    await assert.rejects(cache.put(KEY, RESULT), { code: 'EVALUATION_OUTPUT', message: /--resume/ })
  })
})
