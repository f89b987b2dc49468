import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listModels, modelFolder } from '../../engine/models.ts'
import { isCodedError } from '../../errors/index.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { readManifest } from '../../models/open.ts'

describe('the folder of a chosen model', () => {
  it('is the embedded model, a folder under the user folder, or the path itself', () => {
    assert.equal(modelFolder('nano', '/home/user/.node-red'), nanoModelDir())
    assert.equal(
      modelFolder('line-3', '/home/user/.node-red'),
      '/home/user/.node-red/anomalyclip/models/line-3',
    )
    assert.equal(modelFolder('/srv/models/a', '/home/user/.node-red'), '/srv/models/a')
  })

  it('never lies outside the models folder when it is given as a name', () => {
    for (const name of ['', '.', '..', '../secrets', 'a/b', 'a\\b', '.unfinished', 'a\0b'])
      assert.throws(
        () => modelFolder(name, '/user'),
        (error) => isCodedError(error, 'MODEL_REFERENCE'),
        name,
      )
  })
})

describe('the list of models', () => {
  let userDir: string
  beforeEach(async () => {
    userDir = await mkdtemp(join(tmpdir(), 'models-'))
  })
  afterEach(() => rm(userDir, { recursive: true }))

  it('holds at least the embedded model while nothing was built', async () => {
    assert.deepEqual(
      (await listModels(userDir)).map(({ name }) => name),
      ['nano'],
    )
  })

  it('names built models with what they are, and damaged ones with what is wrong', async () => {
    const models = join(userDir, 'anomalyclip', 'models')
    for (const name of ['whole', 'damaged', '.unfinished'])
      await mkdir(join(models, name), { recursive: true })
    await writeFile(join(models, 'notes.txt'), '')
    const manifest = {
      ...(await readManifest(nanoModelDir())),
      name: 'whole',
      version: 'abc',
      imageSize: 518,
      suggestedThreshold: { score: 0.9, pixel: 0.2 },
      sources: [
        { role: 'clip', file: 'clip.pt', sha256: '00', licence: 'MIT', url: 'https://example.org/clip.pt' },
      ],
    }
    await writeFile(join(models, 'whole', 'model.json'), JSON.stringify(manifest))
    const [, damaged, whole, ...more] = await listModels(userDir)
    assert.deepEqual(more, [])
    assert.deepEqual(whole, {
      name: 'whole',
      usable: true,
      method: 'anomalyclip',
      imageSize: 518,
      version: 'abc',
      sources: [{ file: 'clip.pt', licence: 'MIT' }],
      suggestedThreshold: { score: 0.9, pixel: 0.2 },
      classNames: null,
    })
    assert.equal(damaged?.name, 'damaged')
    assert.ok(damaged.usable === false && damaged.error.startsWith('MODEL_MISSING'))
  })

  it('says which classes may be chosen, the default first', async () => {
    const folder = join(userDir, 'anomalyclip', 'models', 'with-classes')
    await mkdir(folder, { recursive: true })
    const manifest = await readManifest(nanoModelDir())
    const [file] = Object.keys(manifest.files)
    const classNames = ['bottle', 'metal nut', 'pill']
    const text = { file, dimension: 512, defaultClass: 'metal nut', classNames, prompts: null }
    await writeFile(join(folder, 'model.json'), JSON.stringify({ ...manifest, method: 'clip', text }))
    const [nano, model] = await listModels(userDir)
    assert.ok(nano!.usable && model!.usable)
    assert.deepEqual([nano.classNames, model.classNames], [null, ['metal nut', 'bottle', 'pill']])
  })
})
