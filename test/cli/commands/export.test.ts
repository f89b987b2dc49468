import assert from 'node:assert/strict'
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildModel } from '../../../models/build.ts'
import { nanoModelDir } from '../../../models/nano/location.ts'
import { goldenFolder } from '../../support/golden.ts'
import { startKserveServer } from '../../support/kserve/server.ts'
import { sample } from '../../support/samples.ts'
import { anomalyclip, inNewFolder, lines } from '../anomalyclip.ts'

describe('anomalyclip export', () => {
  it('writes a repository and a folder for the clients, and says how to serve it', async () => {
    await inNewFolder(async (cwd) => {
      const args = ['export', '--triton', 'models', '--client', 'box', '--max-batch', '4', 'nano']
      const { status, stdout, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 0, stderr)
      assert.match(stdout, /tritonserver --model-repository=.*models$/m)
      assert.deepEqual(await readdir(join(cwd, 'models')), ['nano'])
      assert.deepEqual((await readdir(join(cwd, 'box'))).sort(), [
        'model.json',
        'selftest.map.npy',
        'selftest.png',
      ])
    })
  })

  it('is not understood without a place to write to, or with options of another one', async () => {
    await inNewFolder(async (cwd) => {
      for (const args of [
        ['nano'],
        ['--client', 'box', '--name', 'x', 'nano'],
        ['--triton', 'm', '--max-batch', '0', 'nano'],
      ])
        assert.equal((await anomalyclip(['export', ...args], { cwd })).status, 2)
    })
  })

  it('refuses a largest batch for a model whose requests stay apart, as they bring class names', async () => {
    await inNewFolder(async (cwd) => {
      const clip = join(goldenFolder('tiny-b'), 'clip.safetensors')
      await buildModel({ method: 'clip', clip, imageSize: 64, output: join(cwd, 'm') })
      const { status, stderr } = await anomalyclip(['export', '--triton', 'r', '--max-batch', '4', './m'], {
        cwd,
      })
      assert.equal(status, 2, stderr)
      assert.match(stderr, /CLI_USAGE.*--max-batch.*class names/)
      assert.deepEqual(await readdir(cwd), ['m'])
    })
  })

  it('keeps the model whose own folder is named for its clients', async () => {
    await inNewFolder(async (cwd) => {
      await cp(nanoModelDir(), join(cwd, 'm'), { recursive: true })
      const { status, stderr } = await anomalyclip(['export', '--client', 'm', './m'], { cwd })
      assert.equal(status, 1)
      assert.match(stderr, /MODEL_OPTIONS.*is the model itself/)
      assert.ok((await readdir(join(cwd, 'm'))).includes('model.onnx'))
    })
  })

  it('refuses a folder that is something else', async () => {
    await inNewFolder(async (cwd) => {
      await mkdir(join(cwd, 'home'))
      await writeFile(join(cwd, 'home', 'letter.txt'), '')
      const { status, stderr } = await anomalyclip(['export', '--triton', 'home', 'nano'], { cwd })
      assert.equal(status, 1)
      assert.match(stderr, /^anomalyclip: MODEL_OPTIONS: .*letter\.txt/)
    })
  })
})

describe('anomalyclip detect --server', () => {
  it('gives what the server says, with the token from its file', async () => {
    const server = await startKserveServer({ folder: nanoModelDir(), model: 'parts', token: 'secret' })
    try {
      await inNewFolder(async (cwd) => {
        await writeFile(join(cwd, 'token'), 'secret\n')
        await writeFile(join(cwd, 'part.png'), sample('nut-good.png'))
        const to = ['--server', server.url, '--server-model', 'parts', '--server-token', 'token']
        const there = await anomalyclip(['detect', '--json', ...to, 'part.png'], { cwd })
        assert.equal(there.status, 0, there.stderr)
        const { score, model } = JSON.parse(there.stdout) as { score: number; model: { device: string } }
        assert.equal(model.device, `kserve ${server.url}`)
        const here = await anomalyclip(['detect', '--json', 'part.png'], { cwd })
        assert.ok(Math.abs((JSON.parse(here.stdout) as { score: number }).score - score) < 1e-5)

        const wrong = await anomalyclip(
          ['detect', '--server', server.url, '--server-model', 'parts', 'part.png'],
          { cwd },
        )
        assert.deepEqual([wrong.status, lines(wrong.stdout)], [1, []])
        assert.match(wrong.stderr, /^anomalyclip: ENGINE_SERVER_AUTH: /)
      })
    } finally {
      await server.stop()
    }
  })

  it('is not understood together with a device, nor its further options without it', async () => {
    await inNewFolder(async (cwd) => {
      for (const args of [
        ['--server', 'http://127.0.0.1:1', '--device', 'cpu'],
        ['--server-model', 'x'],
      ])
        assert.equal((await anomalyclip(['detect', ...args, 'x.png'], { cwd })).status, 2)
    })
  })
})
