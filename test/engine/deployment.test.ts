import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploymentRecord } from '../../engine/deployment.ts'

describe('the record of models in use', () => {
  let userDir: string
  beforeEach(async () => {
    userDir = await mkdtemp(join(tmpdir(), 'deployed-'))
  })
  afterEach(() => rm(userDir, { recursive: true }))

  const one = { model: 'line-1', threshold: null }

  it('holds for its node and for the choice that it was made in place of', async () => {
    const record = deploymentRecord(userDir, 'a/b', 'nano')
    assert.deepEqual(record.read(), [])
    await record.write([one])
    assert.deepEqual(deploymentRecord(userDir, 'a/b', 'nano').read(), [one])
    assert.deepEqual(deploymentRecord(userDir, 'c', 'nano').read(), [])
    assert.deepEqual(deploymentRecord(userDir, 'a/b', 'another').read(), [])
    assert.deepEqual(record.read(), [], 'another choice ends it for good')
  })

  it('is refused where it is damaged, or cannot be written: no other model runs without a word', async () => {
    const folder = join(userDir, 'anomalyclip', 'deployed')
    await mkdir(folder, { recursive: true })
    for (const content of [
      '{',
      '{"version": 2}',
      '{"version": 1, "inPlaceOf": "nano", "deployments": [{}]}',
    ]) {
      await writeFile(join(folder, 'node.json'), content)
      assert.throws(() => deploymentRecord(userDir, 'node', 'nano').read(), { code: 'ENGINE_DEPLOYMENT' })
    }
    await mkdir(join(folder, 'folder.json'))
    await assert.rejects(deploymentRecord(userDir, 'folder', 'nano').write([one]), {
      code: 'ENGINE_DEPLOYMENT',
    })
  })
})
