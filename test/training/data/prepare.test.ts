import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import { codedError } from '../../../errors/index.ts'
import type { FeatureSource } from '../../../training/data/feature-source.ts'
import { prepareFeatures } from '../../../training/data/prepare.ts'
import { drawnImages } from '../../support/training-images.ts'

const wanted = drawnImages(6, 8).map((image) => ({ image, fingerprint: image.name, view: 'as-is' as const }))

const sourceThat = (get: FeatureSource['get'], bytes = 1): FeatureSource => ({
  keyOf: (_image, fingerprint) => fingerprint,
  isKnown: () => false,
  get,
  bytes,
  release: async () => {},
})
const FEATURES = { image: new Float32Array(1), patches: null, mask: null }

const prepare = (source: FeatureSource, signal: AbortSignal = new AbortController().signal) =>
  prepareFeatures(wanted, source, { cacheFolder: tmpdir(), signal, onPrepared: () => {} })

describe('bringing features into the cache', () => {
  it('is refused before anything is computed where the disk has no room for all of them', async () => {
    const source = sourceThat(() => assert.fail('computed'), 1e18)
    await assert.rejects(prepare(source), { code: 'TRAINING_OUTPUT', message: /need 6000000000\.0 GB/ })
  })

  it('ends with a full disk once no image is under way any more', async () => {
    let underWay = 0
    const source = sourceThat(async ({ name }) => {
      underWay++
      for (let i = 0; i < 5; i++) await turn()
      underWay--
      if (name === 'bad/1.png') throw codedError('TRAINING_OUTPUT', 'ENOSPC')
      return FEATURES
    })
    await assert.rejects(prepare(source), { code: 'TRAINING_OUTPUT' })
    assert.equal(underWay, 0)
  })

  it('tells how far it is, beginning with none', async () => {
    const seen: string[] = []
    await prepareFeatures(
      wanted,
      sourceThat(async () => FEATURES),
      {
        cacheFolder: tmpdir(),
        signal: new AbortController().signal,
        onPrepared: ({ done, total }) => seen.push(`${done}/${total}`),
      },
    )
    assert.deepEqual(seen, ['0/6', '1/6', '2/6', '3/6', '4/6', '5/6', '6/6'])
  })
})
