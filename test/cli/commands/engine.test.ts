import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buildModel } from '../../../models/build.ts'
import { goldenFolder } from '../../support/golden.ts'
import { standInTrtexec } from '../../support/trtexec.ts'
import { anomalyclip, inNewFolder, startAnomalyclip } from '../anomalyclip.ts'

const buildPlain = (output: string) =>
  buildModel({
    method: 'anomalyclip',
    clip: join(goldenFolder('tiny-b'), 'clip.safetensors'),
    prompts: join(goldenFolder('tiny-b'), 'prompts.pth'),
    imageSize: 64,
    attention: 'plain',
    output,
  })

describe('anomalyclip engine', () => {
  it('compiles a model beside it, and info says what for', async () => {
    await inNewFolder(async (cwd) => {
      await buildPlain(join(cwd, 'plain'))
      const trtexec = await standInTrtexec(cwd)
      const { status, stdout, stderr } = await anomalyclip(
        ['engine', 'plain', '--unchecked', '--batch', '2', '--trtexec', trtexec],
        { cwd },
      )
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^compiled plain-tensorrt for Orin, TensorRT 10\.9\.0: .*plain-tensorrt$/m)
      assert.match(stderr, /TensorRT is compiling/)
      const info = await anomalyclip(['info', 'plain-tensorrt'], { cwd })
      assert.match(
        info.stdout,
        /^Engine +compiled for Orin of compute capability 8\.7 with TensorRT 10\.9\.0, up to 2 images at a time, from plain/m,
      )
    })
  })

  it('keeps nothing that does not run on this machine', async () => {
    await inNewFolder(async (cwd) => {
      await buildPlain(join(cwd, 'plain'))
      const trtexec = await standInTrtexec(cwd)
      const { status, stderr } = await anomalyclip(['engine', 'plain', '--trtexec', trtexec], { cwd })
      assert.equal(status, 1)
      assert.match(stderr, /anomalyclip: MODEL_COMPILE: .*was not kept: (ENGINE_DEVICE|MODEL_GPU)/)
      assert.ok(!existsSync(join(cwd, 'plain-tensorrt')))
    })
  })

  it('names where the compiler comes from, where there is none', async () => {
    await inNewFolder(async (cwd) => {
      await buildPlain(join(cwd, 'plain'))
      const { status, stderr } = await anomalyclip(['engine', 'plain'], { cwd, env: { PATH: '/nowhere' } })
      assert.equal(status, 1)
      assert.match(stderr, /^anomalyclip: MODEL_COMPILE: trtexec.*--trtexec\.\n$/)
    })
  })

  it('finds the compiler in the path', async () => {
    await inNewFolder(async (cwd) => {
      await buildPlain(join(cwd, 'plain'))
      await standInTrtexec(cwd)
      const env = { PATH: `/nowhere:${cwd}` }
      const { status, stderr } = await anomalyclip(['engine', 'plain', '--unchecked'], { cwd, env })
      assert.equal(status, 0, stderr)
    })
  })

  it('interrupted leaves nothing, and exit status 130', async () => {
    await inNewFolder(async (cwd) => {
      await buildPlain(join(cwd, 'plain'))
      const trtexec = await standInTrtexec(cwd, 'never ends')
      const args = ['engine', 'plain', '--unchecked', '--trtexec', trtexec]
      const { process: child, outcome } = startAnomalyclip(args, { cwd })
      while (!existsSync(join(cwd, 'called'))) await new Promise((resolve) => setTimeout(resolve, 20))
      child.kill('SIGINT')
      assert.equal((await outcome).status, 130)
      assert.deepEqual((await readdir(cwd)).toSorted(), ['called', 'plain', 'trtexec'])
    })
  })
})
