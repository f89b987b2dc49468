import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readManifest } from '../../models/open.ts'
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
    await mkdir(layout.candidate, { recursive: true })
    await writeFile(join(layout.candidate, 'model.json'), '{}')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const offer = { candidate: { name: 'line-1' } } as Offer

  it('is there once a training has made one, for the model that it was compared with', async () => {
    await assert.rejects(readOffer(layout, NANO), { code: 'RETRAINING_OFFER' })
    const { version } = await readManifest(NANO)
    await writeFile(layout.offer, JSON.stringify({ ...offer, present: { name: 'nano', version } }))
    assert.equal((await readOffer(layout, NANO)).candidate.name, 'line-1')
    await writeFile(layout.offer, JSON.stringify({ ...offer, present: { name: 'nano', version: 'another' } }))
    await assert.rejects(readOffer(layout, NANO), { code: 'RETRAINING_OFFER' })
  })

  it('moves among the models once it is taken, and stays an offer where the new model cannot be used', async () => {
    await writeFile(layout.offer, '{}')
    const refused = takeOffer(layout, offer, models, () => Promise.reject(new Error('self-test')))
    await assert.rejects(refused, /self-test/)
    assert.deepEqual(await readdir(models), [])
    assert.deepEqual((await readdir(layout.folder)).sort(), ['candidate', 'offer.json'])
    await takeOffer(layout, offer, models, async (name) => assert.equal(name, 'line-1'))
    assert.deepEqual(await readdir(models), ['line-1'])
    assert.deepEqual(await readdir(layout.folder), [])
  })

  it('has the next number', async () => {
    assert.equal(await nextName(models, 'line'), 'line-1')
    for (const name of ['line-2', 'line-10', 'line-x', 'other-20'])
      await mkdir(join(models, name), { recursive: true })
    assert.equal(await nextName(models, 'line'), 'line-11')
  })
})
