import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelManifest } from '../../models/manifest.ts'
import { sha256Of } from '../../models/sha256.ts'
import { weightsFor } from '../../retraining/weights.ts'

describe('the weights that a training needs', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'weights-'))
    await mkdir(join(home, 'anomalyclip', '9_12_4_multiscale'), { recursive: true })
  })
  afterEach(() => rm(home, { recursive: true }))

  const put = async (file: string, content: string) => {
    const path = join(home, 'anomalyclip', file)
    await writeFile(path, content)
    return { path, sha256: await sha256Of(path) }
  }
  const manifest = (clip: string, prompts: string): ModelManifest =>
    ({
      name: 'm',
      sources: [
        { role: 'clip', file: 'ViT-L-14-336px.pt', sha256: clip },
        { role: 'prompts', file: 'epoch_15.pth', sha256: prompts },
      ],
    }) as unknown as ModelManifest

  it('are found where the command keeps what it has fetched, by their content', async () => {
    const clip = await put('ViT-L-14-336px.pt', 'clip')
    const prompts = await put('9_12_4_multiscale/epoch_15.pth', 'prompts')
    const found = await weightsFor(home, manifest(clip.sha256, prompts.sha256), {}, { XDG_CACHE_HOME: home })
    assert.deepEqual(found, { clip: clip.path, prompts: prompts.path })
    await writeFile(prompts.path, 'others')
    await assert.rejects(
      weightsFor(home, manifest(clip.sha256, prompts.sha256), {}, { XDG_CACHE_HOME: home }),
      ({ code, message }: { code: string; message: string }) =>
        code === 'RETRAINING_MODEL' && /epoch_15\.pth/.test(message) && /give their path/.test(message),
    )
  })

  it('lie beside a model that was learnt on the line', async () => {
    const clip = await put('ViT-L-14-336px.pt', 'clip')
    const own = join(home, 'epoch_15.pth')
    await writeFile(own, 'learnt')
    const found = await weightsFor(
      home,
      manifest(clip.sha256, await sha256Of(own)),
      {},
      { XDG_CACHE_HOME: home },
    )
    assert.deepEqual(found, { clip: clip.path, prompts: own })
  })

  it('are those that were given', async () => {
    const given = { clip: '/a', prompts: '/b' }
    assert.deepEqual(await weightsFor(home, manifest('', ''), given, { XDG_CACHE_HOME: home }), given)
  })
})
