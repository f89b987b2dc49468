import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildModel } from '../../../models/build.ts'
import { readManifest } from '../../../models/open.ts'
import { goldenFolder } from '../../support/golden.ts'
import { anomalyclip, inNewFolder, lines } from '../anomalyclip.ts'

const CLIP = join(goldenFolder('tiny-b'), 'clip.safetensors')

const build = (cwd: string, classNames: readonly string[] = ['bottle', 'metal nut']) =>
  buildModel({ method: 'clip', clip: CLIP, classNames, imageSize: 64, output: join(cwd, 'm') })

describe('anomalyclip classes', () => {
  it('lists the names of a model, a line each, and marks the default', async () => {
    await inNewFolder(async (cwd) => {
      await build(cwd)
      const { status, stdout } = await anomalyclip(['classes', '--model', 'm'], { cwd })
      assert.deepEqual({ status, stdout }, { status: 0, stdout: 'bottle (default)\nmetal nut\n' })
      const { stdout: json } = await anomalyclip(['classes', '--model', 'm', '--json'], { cwd })
      assert.deepEqual(JSON.parse(json), {
        model: 'm',
        classNames: ['bottle', 'metal nut'],
        defaultClass: 'bottle',
      })
    })
  })

  it('--add adds names, as they are to stand in the prompts, under the same version', async () => {
    await inNewFolder(async (cwd) => {
      const { version } = await build(cwd)
      const add = ['classes', '--model', 'm', '--clip', CLIP, '--add', 'pill', '--add', 'toy_brick']
      const { status, stdout, stderr } = await anomalyclip(add, { cwd })
      assert.equal(status, 0, stderr)
      assert.deepEqual(lines(stdout), [
        'bottle (default)',
        'metal nut',
        'pill',
        'toy brick',
        'added "pill", "toy brick"',
      ])
      const manifest = await readManifest(join(cwd, 'm'))
      assert.equal(manifest.version, version)
      assert.deepEqual(manifest.text!.classNames, ['bottle', 'metal nut', 'pill', 'toy brick'])
      assert.equal((await anomalyclip(['info', 'm'], { cwd })).status, 0)

      const again = await anomalyclip([...add, '--json'], { cwd })
      assert.equal(again.status, 0)
      assert.deepEqual((JSON.parse(again.stdout) as { added: unknown }).added, [])
    })
  })

  it('other weights than those of the build are refused with both checksums, and nothing changes', async () => {
    await inNewFolder(async (cwd) => {
      await build(cwd)
      const before = await readFile(join(cwd, 'm', 'model.json'))
      const other = join(goldenFolder('tiny-b'), 'clip-torchscript.pt')
      const args = ['classes', '--model', 'm', '--clip', other, '--add', 'pill']
      const { status, stdout, stderr } = await anomalyclip(args, { cwd })
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' })
      assert.match(
        lines(stderr).at(-1)!,
        /^anomalyclip: MODEL_SOURCE: .*clip-torchscript\.pt.*clip\.safetensors/,
      )
      assert.deepEqual(await readFile(join(cwd, 'm', 'model.json')), before)
    })
  })

  for (const args of [[], ['--clip', CLIP, '--add', 'pill']])
    it(`a model that takes no class names is one coded line (${args.length > 0 ? 'adding' : 'listing'})`, async () => {
      await inNewFolder(async (cwd) => {
        const { status, stderr } = await anomalyclip(['classes', '--model', 'nano', ...args], { cwd })
        assert.equal(status, 1)
        assert.match(
          lines(stderr).at(-1)!,
          /^anomalyclip: MODEL_CLASS: .*"nano" takes no class names.*winclip/,
        )
      })
    })

  for (const [situation, args, hint] of [
    ['no model', [], /needs --model/],
    ['a name without weights', ['--model', 'm', '--add', 'pill'], /--clip and --add together/],
    ['weights without a name', ['--model', 'm', '--clip', CLIP], /--clip and --add together/],
  ] as const)
    it(`${situation} is not understood: exit status 2`, async () => {
      await inNewFolder(async (cwd) => {
        const { status, stderr } = await anomalyclip(['classes', ...args], { cwd })
        assert.equal(status, 2)
        assert.match(stderr, hint)
      })
    })
})
