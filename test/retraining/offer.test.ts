import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Recommendation } from '../../inspection/calibration/index.ts'
import { readManifest } from '../../models/open.ts'
import { writeManifest } from '../../models/write-manifest.ts'
import { layoutOf, type Offer, readOffer, takeOffer } from '../../retraining/index.ts'
import { nextName } from '../../retraining/offer.ts'
import { root } from '../../tools/tree.ts'

const NANO = join(root, 'dist/built/nano')

describe('the offer of a new model', () => {
  let folder: string
  let layout: ReturnType<typeof layoutOf>
  let models: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offer-'))
    layout = layoutOf(join(folder, 'line'))
    models = join(folder, 'models')
    await model(layout.candidate, 'new')
    await writeFile(layout.offer, '{}')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const offer = { verdict: 'better', threshold: null, candidate: { name: 'line-1', version: 'new' } } as Offer
  const model = async (folder: string, version: string) => {
    await mkdir(folder, { recursive: true })
    await writeManifest(folder, { ...(await readManifest(NANO)), name: 'line-1', version })
  }

  it('is there once a training has made one, for the model that it was compared with', async () => {
    await rm(layout.offer)
    await assert.rejects(readOffer(layout, NANO), { code: 'RETRAINING_OFFER' })
    const { version } = await readManifest(NANO)
    await writeFile(layout.offer, JSON.stringify({ ...offer, present: { name: 'nano', version } }))
    assert.equal((await readOffer(layout, NANO)).candidate.name, 'line-1')
    await writeFile(layout.offer, JSON.stringify({ ...offer, present: { name: 'nano', version: 'another' } }))
    await assert.rejects(readOffer(layout, NANO), { code: 'RETRAINING_OFFER' })
  })

  it('is refused where what was noted of it is damaged, with the file and what to do', async () => {
    const named = { name: 'line-1', version: 'new' }
    for (const content of [
      '{',
      'null',
      '{}',
      JSON.stringify({ ...offer, present: { name: 'nano' } }),
      JSON.stringify({ ...offer, present: named, verdict: 'best' }),
      JSON.stringify({ ...offer, present: named, threshold: { score: 2 } }),
    ]) {
      await writeFile(layout.offer, content)
      await assert.rejects(readOffer(layout, NANO), {
        code: 'RETRAINING_OFFER',
        message: /offer\.json.* cannot be used: .*Train again/,
      })
    }
  })

  it('moves among the models once it is taken, and stays an offer where the new model cannot be used', async () => {
    const refused = takeOffer(layout, offer, models, () => Promise.reject(new Error('self-test')))
    await assert.rejects(refused, /self-test/)
    assert.deepEqual(await readdir(models), [])
    assert.deepEqual((await readdir(layout.folder)).sort(), ['candidate', 'offer.json'])
    await takeOffer(layout, offer, models, async (used) => assert.equal(used.model, 'line-1'))
    assert.deepEqual(await readdir(models), ['line-1'])
    assert.deepEqual(await readdir(layout.folder), [])
  })

  it('can still be taken where Node-RED ended after it was moved', async () => {
    await mkdir(models)
    await rename(layout.candidate, join(models, 'line-1'))
    await takeOffer(layout, offer, models, async (used) => assert.equal(used.model, 'line-1'))
    assert.deepEqual(await readdir(layout.folder), [])
  })

  it('gets another name where its own was taken since it was built', async () => {
    await model(join(models, 'line-1'), 'another')
    const threshold = { score: 0.5, model: { name: 'line-1', version: 'new' } } as Recommendation
    await takeOffer(layout, { ...offer, threshold }, models, async (used) => {
      const model = { name: 'line-2', version: 'new' }
      assert.deepEqual(
        used,
        { model: 'line-2', threshold: { score: 0.5, model } },
        'thresholds hold for a name',
      )
    })
    assert.equal((await readManifest(join(models, 'line-1'))).version, 'another')
    assert.equal((await readManifest(join(models, 'line-2'))).name, 'line-2')
  })

  it('is none any more where the model is gone', async () => {
    await rm(layout.candidate, { recursive: true })
    await assert.rejects(
      takeOffer(layout, offer, models, () => assert.fail('there is nothing to use')),
      { code: 'RETRAINING_OFFER' },
    )
  })

  it('comes from another disk too', async function () {
    const memory = await mkdtemp('/dev/shm/offer-').catch(() => this.skip())
    try {
      const there = join(memory, 'models')
      const refused = takeOffer(layout, offer, there, () => Promise.reject(new Error('self-test')))
      await assert.rejects(refused, /self-test/)
      assert.deepEqual([await readdir(there), await readdir(layout.candidate)], [[], ['model.json']])
      await takeOffer(layout, offer, there, async () => {})
      assert.deepEqual(await readdir(there), ['line-1'])
      assert.deepEqual(await readdir(layout.folder), [])
    } finally {
      await rm(memory, { recursive: true })
    }
  })

  it('has the next number', async () => {
    assert.equal(await nextName(models, 'line'), 'line-1')
    for (const name of ['line-2', 'line-10', 'line-x', 'other-20'])
      await mkdir(join(models, name), { recursive: true })
    assert.equal(await nextName(models, 'line'), 'line-11')
  })
})
