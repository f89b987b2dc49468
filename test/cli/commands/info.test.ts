import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelManifest } from '../../../models/manifest.ts'
import { nanoModelDir } from '../../../models/nano/location.ts'
import { anomalyclip, inNewFolder } from '../anomalyclip.ts'

describe('anomalyclip info', () => {
  it('says in words what a model is and that its files are whole', async () => {
    await inNewFolder(async (cwd) => {
      const { status, stdout, stderr } = await anomalyclip(['info', 'nano'], { cwd })
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^Model +nano \(version [0-9a-f]{12}\)$/m)
      assert.match(stdout, /^Image +224 × 224 px, patches of 16 px, grid 14 × 14$/m)
      assert.match(stdout, /^Layers +taps 6; DPAM on the last 2;/m)
      assert.match(stdout, /^Check +all files match their sha256$/m)
    })
  })

  it('--json gives the manifest and the outcome of the check', async () => {
    await inNewFolder(async (cwd) => {
      const { stdout } = await anomalyclip(['info', '--json', nanoModelDir()], { cwd })
      const facts = JSON.parse(stdout) as ModelManifest & { folder: string; intact: boolean }
      assert.deepEqual([facts.name, facts.folder, facts.intact], ['nano', nanoModelDir(), true])
    })
  })

  it('a changed file is MODEL_CORRUPT and exit status 1, after what the folder claims to be', async () => {
    await inNewFolder(async (cwd) => {
      const copy = join(cwd, 'copy')
      await cp(nanoModelDir(), copy, { recursive: true })
      const graph = await readFile(join(copy, 'model.onnx'))
      graph[graph.length - 1]! ^= 1
      await writeFile(join(copy, 'model.onnx'), graph)
      const words = await anomalyclip(['info', 'copy'], { cwd })
      assert.equal(words.status, 1)
      assert.match(words.stdout, /^Model +nano/)
      assert.match(words.stderr, /^anomalyclip: MODEL_CORRUPT: .*model\.onnx.*\n$/)
      const { status, stdout } = await anomalyclip(['info', '--json', 'copy'], { cwd })
      assert.equal(status, 1)
      assert.equal((JSON.parse(stdout) as { intact: boolean }).intact, false)
    })
  })
})
