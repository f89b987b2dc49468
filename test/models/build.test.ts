import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BuildOptions, buildModel } from '../../models/build.ts'
import { MANIFEST_FILE } from '../../models/manifest.ts'
import { readManifest, verifyFiles } from '../../models/open.ts'
import { goldenFolder } from '../support/golden.ts'

describe('building a model folder', () => {
  let folder: string
  let output: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'build-'))
    output = join(folder, 'model')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const build = (options: Partial<BuildOptions> = {}) =>
    buildModel({
      method: 'anomalyclip',
      clip: join(goldenFolder('tiny-b'), 'clip.safetensors'),
      prompts: join(goldenFolder('tiny-b'), 'prompts.pth'),
      imageSize: 64,
      output,
      ...options,
    })

  it('gives a folder that can be opened and holds what its manifest says', async () => {
    await build({ dpamLayers: 4, features: [6, 2], sigma: 2, licences: { clip: 'MIT' } })
    const manifest = await readManifest(output)
    await verifyFiles(output, manifest)
    assert.deepEqual(
      (await readdir(output)).toSorted(),
      [MANIFEST_FILE, ...Object.keys(manifest.files)].toSorted(),
    )
    const { name, features, dpamLayers, grid, sources } = manifest
    assert.deepEqual(
      { name, features, dpamLayers, grid },
      { name: 'model', features: [2, 6], dpamLayers: 4, grid: 4 },
    )
    assert.deepEqual(
      sources.map(({ role, licence }) => [role, licence]),
      [
        ['clip', 'MIT'],
        ['prompts', null],
      ],
    )
  })

  it('gives the same version to the same model, whatever its name and the format of its weights', async () => {
    const first = await build()
    const second = await build({
      clip: join(goldenFolder('tiny-b'), 'clip-torchscript.pt'),
      output: join(folder, 'under another name'),
    })
    assert.equal(first.version, second.version)
  })

  it('replaces a model that is there, and nothing else', async () => {
    await build()
    await build({ sigma: 0 })
    assert.equal((await readManifest(output)).sigma, 0)
    const other = join(folder, 'photos')
    await mkdir(other)
    await writeFile(join(other, 'cat.jpg'), '')
    await assert.rejects(build({ output: other }), { code: 'MODEL_OPTIONS', message: /holds other files/ })
    assert.deepEqual(await readdir(other), ['cat.jpg'])
  })

  it('leaves nothing behind when it is cancelled or fails', async () => {
    const signal = AbortSignal.abort()
    await assert.rejects(build({ signal }), { name: 'AbortError' })
    await assert.rejects(build({ prompts: join(goldenFolder('tiny-a'), 'expected.safetensors') }), {
      code: 'WEIGHTS_TENSOR_MISSING',
    })
    assert.deepEqual(await readdir(folder), [])
  })

  it('leaves no folder of its own above the output when it fails, and keeps those that were there', async () => {
    const above = join(folder, 'there')
    await mkdir(above)
    const signal = AbortSignal.abort()
    await assert.rejects(build({ output: join(above, 'a', 'b', 'model'), signal }), { name: 'AbortError' })
    assert.deepEqual(await readdir(folder, { recursive: true }), ['there'])
  })

  it('refuses weights that give no finite result', async () => {
    const bytes = await readFile(join(goldenFolder('tiny-b'), 'clip.safetensors'))
    const headerBytes = Number(bytes.readBigUInt64LE())
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes)) as Record<
      string,
      { data_offsets: [number, number] }
    >
    const [begin, end] = header['visual.ln_post.bias']!.data_offsets
    bytes.fill(0xff, 8 + headerBytes + begin, 8 + headerBytes + end)
    const clip = join(folder, 'nan.safetensors')
    await writeFile(clip, bytes)
    await assert.rejects(build({ clip }), { code: 'WEIGHTS_DAMAGED', message: /no finite score and map/ })
    assert.deepEqual(await readdir(folder), ['nan.safetensors'])
  })

  const refused: [string, Partial<BuildOptions>, RegExp][] = [
    ['a feature layer that is not there', { features: [7] }, /layer 7.*layers 1 to 6/],
    ['a feature layer named twice', { features: [3, 3] }, /twice/],
    ['no feature layer', { features: [] }, /at least one/],
    ['more DPAM layers than layers', { dpamLayers: 7 }, /DPAM layers is 7.*6 layers/],
    ['an image smaller than a patch', { imageSize: 15 }, /image size is 15/],
    ['a sigma that is no number', { sigma: Number.NaN }, /sigma is NaN/],
  ]
  for (const [what, options, message] of refused)
    it(`refuses ${what}`, () => assert.rejects(build(options), { code: 'MODEL_OPTIONS', message }))

  const aprilGan = join(goldenFolder('april-gan'), 'gelu-resized')
  const prompts = join(goldenFolder('tiny-b'), 'prompts.pth')
  const misfits: [string, Partial<BuildOptions>, RegExp][] = [
    ['prompts for clip', { method: 'clip', prompts }, /clip has no use for learnt prompts/],
    ['coop without prompts', { method: 'coop' }, /coop needs learnt prompts/],
    ['april-gan without linear layers', { method: 'april-gan' }, /april-gan needs learnt linear layers/],
    ['linear layers for anomalyclip', { prompts, linear: prompts }, /no use for learnt linear layers/],
    [
      'another number of taps than linear layers',
      {
        method: 'april-gan',
        clip: join(aprilGan, 'clip.safetensors'),
        linear: join(aprilGan, 'linear.pth'),
        imageSize: 56,
        features: [2, 4],
      },
      /4 linear layers.*2 taps/,
    ],
    [
      'taps in another order than their linear layers',
      {
        method: 'april-gan',
        clip: join(aprilGan, 'clip.safetensors'),
        linear: join(aprilGan, 'linear.pth'),
        imageSize: 56,
        features: [8, 6, 4, 2],
      },
      /8,6,4,2; april-gan takes them in the order/,
    ],
    ['taps for winclip', { method: 'winclip', features: [6] }, /winclip looks at the last layer alone/],
    ['DPAM for clip', { method: 'clip', dpamLayers: 3 }, /only anomalyclip has/],
    ['class names for anomalyclip', { prompts, classNames: ['bottle'] }, /anomalyclip takes none/],
    ['an empty class name', { method: 'clip', classNames: ['bottle', ' '] }, /class name is empty/],
    ['an image too small for the windows of winclip', { method: 'winclip', imageSize: 47 }, /2 × 2 patches/],
  ]
  for (const [what, options, message] of misfits)
    it(`refuses ${what}, and leaves nothing behind`, async () => {
      const clip = join(goldenFolder('tiny-b'), 'clip.safetensors')
      const building = buildModel({ method: 'anomalyclip', clip, imageSize: 64, output, ...options })
      await assert.rejects(building, { code: 'MODEL_OPTIONS', message })
      assert.deepEqual(await readdir(folder), [])
    })

  it('the smallest image that winclip takes has three patches a side', async () => {
    const clip = join(goldenFolder('tiny-b'), 'clip.safetensors')
    const { grid } = await buildModel({ method: 'winclip', clip, imageSize: 48, output })
    assert.equal(grid, 3)
  })

  it('class names are kept once, as they stand in the prompts, and change nothing of the version', async () => {
    const clip = join(goldenFolder('tiny-b'), 'clip.safetensors')
    const made = (classNames: string[], to: string) =>
      buildModel({ method: 'clip', clip, imageSize: 64, classNames, output: join(folder, to) })
    const first = await made(['metal_nut', 'bottle', 'metal nut'], 'a')
    const second = await made(['bottle'], 'b')
    assert.deepEqual(first.text!.classNames, ['metal nut', 'bottle'])
    assert.equal(first.text!.defaultClass, 'metal nut')
    assert.equal(first.version, second.version)
  })

  it('refuses prompts that were learnt for another CLIP, naming the tensor', () =>
    assert.rejects(build({ prompts: join(goldenFolder('tiny-a'), 'prompts.pth') }), {
      code: 'WEIGHTS_TENSOR_SHAPE',
      message: /compound_prompts_text\.5.*at most 5 of them/,
    }))

  it('runs without DPAM, with sizes that are no multiple of the patch, and with every layer as memory', async () => {
    const manifest = await build({
      dpamLayers: 0,
      features: [6],
      imageSize: 75,
      memoryLayers: [1, 6],
      sigma: 0,
    })
    assert.equal(manifest.grid, 4)
    assert.ok(manifest.selfTest.score > 0 && manifest.selfTest.score < 1)
  })
})
