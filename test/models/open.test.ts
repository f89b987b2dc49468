import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nanoModelDir } from '../../models/nano/location.ts'
import { readManifest, verifyFiles } from '../../models/open.ts'

describe('a model folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'model-'))
    await cp(nanoModelDir(), folder, { recursive: true })
  })
  afterEach(() => rm(folder, { recursive: true }))

  const change = async (edit: (manifest: Record<string, unknown>) => void): Promise<void> => {
    const file = join(folder, 'model.json')
    const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
    edit(manifest)
    await writeFile(file, JSON.stringify(manifest))
  }

  it('is read and verified as it was built', async () => {
    const manifest = await readManifest(folder)
    assert.equal(manifest.name, 'nano')
    await verifyFiles(folder, manifest)
  })

  it('that is not there is said to be missing', async () => {
    await assert.rejects(readManifest(join(folder, 'elsewhere')), { code: 'MODEL_MISSING' })
  })

  it('with a manifest that is no JSON is refused', async () => {
    await writeFile(join(folder, 'model.json'), '{')
    await assert.rejects(readManifest(folder), { code: 'MODEL_MANIFEST', message: /is not JSON/ })
  })

  it('of a version to come is refused', async () => {
    await change((manifest) => {
      manifest.manifestVersion = 2
    })
    await assert.rejects(readManifest(folder), {
      code: 'MODEL_MANIFEST',
      message: /manifestVersion 2, and 1/,
    })
  })

  for (const field of ['features', 'sources', 'builder', 'imageSize', 'selfTest'])
    it(`without "${field}" is refused by that name`, async () => {
      await change((manifest) => {
        delete manifest[field]
      })
      await assert.rejects(readManifest(folder), {
        code: 'MODEL_MANIFEST',
        message: new RegExp(`"${field}"`),
      })
    })

  it('whose manifest names a file outside it is refused', async () => {
    await change((manifest) => {
      manifest.files = { '../model.onnx': { bytes: 1, sha256: '' } }
    })
    await assert.rejects(readManifest(folder), { code: 'MODEL_MANIFEST', message: /\.\.\/model\.onnx/ })
  })

  const selfTests: [string, object][] = [
    ['an empty self-test', {}],
    // What JSON makes of a NaN.
    ['a self-test without a score', { image: 'selftest.png', map: 'selftest.map.npy', score: null }],
    ['a self-test outside the folder', { image: '../selftest.png', map: 'selftest.map.npy', score: 0.5 }],
  ]
  for (const [what, selfTest] of selfTests)
    it(`with ${what} is refused`, async () => {
      await change((manifest) => {
        manifest.selfTest = selfTest
      })
      await assert.rejects(readManifest(folder), { code: 'MODEL_MANIFEST', message: /no "selfTest" with/ })
    })

  it('may suggest no threshold, but none by halves', async () => {
    await change((manifest) => {
      manifest.suggestedThreshold = null
    })
    assert.equal((await readManifest(folder)).suggestedThreshold, null)
    await change((manifest) => {
      manifest.suggestedThreshold = { score: 0.5 }
    })
    await assert.rejects(readManifest(folder), { code: 'MODEL_MANIFEST', message: /"suggestedThreshold"/ })
  })

  it('with one changed byte is refused, naming the file', async () => {
    const file = join(folder, 'model.onnx')
    const bytes = await readFile(file)
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(file, bytes)
    await assert.rejects(verifyFiles(folder, await readManifest(folder)), {
      code: 'MODEL_CORRUPT',
      message: /"model\.onnx".*sha256/,
    })
  })

  it('with a file cut short or gone is refused', async () => {
    await writeFile(join(folder, 'selftest.png'), '')
    await assert.rejects(verifyFiles(folder, await readManifest(folder)), {
      code: 'MODEL_CORRUPT',
      message: /has 0 bytes/,
    })
    await rm(join(folder, 'selftest.png'))
    await assert.rejects(verifyFiles(folder, await readManifest(folder)), {
      code: 'MODEL_CORRUPT',
      message: /is missing/,
    })
  })
})
