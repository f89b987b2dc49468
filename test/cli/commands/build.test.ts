import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CATALOG, weightsOf } from '../../../models/catalog.ts'
import { readManifest } from '../../../models/open.ts'
import { goldenConfig, goldenFolder } from '../../support/golden.ts'
import { sample } from '../../support/samples.ts'
import { anomalyclip, inNewFolder, lines } from '../anomalyclip.ts'

const golden = goldenFolder('tiny-b')
const config = goldenConfig('tiny-b')
const OWN_FILES = [
  ...['build', '--method', 'anomalyclip'],
  ...['--clip', join(golden, 'clip.safetensors'), '--prompts', join(golden, 'prompts.pth')],
  ...['--image-size', String(config.image_size), '--dpam-layers', String(config.dpam - 1)],
  ...['--features', config.features.join(','), '--sigma', String(config.sigma)],
]

describe('anomalyclip build', () => {
  it('builds from own files, says what and where on standard output, and tells its progress in lines', async () => {
    await inNewFolder(async (cwd) => {
      const { status, stdout, stderr } = await anomalyclip([...OWN_FILES, '--output', 'made/tiny'], {
        cwd,
        env: { CI: undefined, ORT_DISABLE_TELEMETRY: undefined },
      })
      assert.equal(status, 0, stderr)
      const manifest = await readManifest(join(cwd, 'made', 'tiny'))
      assert.equal(stdout, `built tiny (version ${manifest.version}) in ${join(cwd, 'made', 'tiny')}\n`)
      assert.deepEqual(
        [manifest.imageSize, manifest.dpamLayers, manifest.features, manifest.sigma, manifest.attention],
        [64, 4, [2, 4, 6], 2, 'fused'],
      )
      assert.match(stderr, /^writing the graph {2}100 %$/m)
      assert.ok(!stderr.includes('\r'))
      // HOME is this folder, and onnxruntime left no identifier of the machine in it.
      assert.deepEqual(await readdir(cwd), ['made'])
    })
  })

  it('the plain formulation and a name of its own can be chosen', async () => {
    await inNewFolder(async (cwd) => {
      await anomalyclip([...OWN_FILES, '--output', 'm', '--attention', 'plain', '--name', 'line 3'], { cwd })
      const { attention, name } = await readManifest(join(cwd, 'm'))
      assert.deepEqual({ attention, name }, { attention: 'plain', name: 'line 3' })
    })
  })

  describe('--precision', () => {
    const int8 = [...OWN_FILES, '--output', 'm', '--precision', 'int8']

    it('builds in int8, calibrated with a folder of images, and says how far it is from fp32', async () => {
      await inNewFolder(async (cwd) => {
        await mkdir(join(cwd, 'parts'))
        for (const name of ['nut-good.png', 'wood-bad-thread.png'])
          await writeFile(join(cwd, 'parts', name), sample(name))
        const { status, stdout, stderr } = await anomalyclip([...int8, '--calibrate', 'parts'], { cwd })
        assert.equal(status, 0, stderr)
        const { precision, drift } = await readManifest(join(cwd, 'm'))
        // The image of the self-test is looked at as well.
        assert.deepEqual([precision, drift!.images], ['int8', 3])
        const [, beside, without] = lines(stdout)
        assert.match(
          beside!,
          /^int8 beside fp32 on 3 images: score off by at most 0\.\d{4}, 0\.\d{4} on average; map by /,
        )
        assert.match(without!, /^without balance: score off by at most /)
        assert.match(stderr, /^comparing with fp32 {2}100 %$/m)
        const info = await anomalyclip(['info', 'm'], { cwd })
        assert.match(info.stdout, /^Drift +int8 beside fp32 on 3 images: /m)
      })
    })

    for (const [situation, args, message] of [
      [
        'a folder without images',
        ['--calibrate', 'empty'],
        /CLI_FILE_UNREADABLE: .*empty is a folder without images/,
      ],
      [
        'an image that is not there',
        ['--drift', 'nowhere.png'],
        /CLI_FILE_UNREADABLE: .*nowhere\.png does not exist/,
      ],
      ['a file that is no image', ['--calibrate', 'notes.txt'], /IMAGE_FORMAT: .*notes\.txt: /],
    ] as const)
      it(`${situation} ends the build, which leaves nothing behind`, async () => {
        await inNewFolder(async (cwd) => {
          await mkdir(join(cwd, 'empty'))
          await writeFile(join(cwd, 'notes.txt'), 'no pixels here')
          const { status, stderr } = await anomalyclip([...int8, ...args], { cwd })
          assert.equal(status, 1)
          assert.match(stderr, message)
          assert.deepEqual((await readdir(cwd)).sort(), ['empty', 'notes.txt'])
        })
      })
  })

  for (const [situation, args, hint] of [
    ['neither form', ['build', '--output', 'm'], /one of --model and --method/],
    [
      'both forms',
      ['build', '--model', CATALOG[0]!.name, '--method', 'anomalyclip'],
      /one of --model and --method/,
    ],
    [
      'a model that is not in the catalogue',
      ['build', '--model', 'vit'],
      /expected anomalyclip-vit-l-14-336-trained-on-visa, .* or /,
    ],
    [
      'a setting of a published model',
      ['build', '--model', CATALOG[0]!.name, '--sigma', '8'],
      /--sigma has no meaning/,
    ],
    [
      'plain attention in int8, before anything is fetched',
      ['build', '--model', CATALOG[0]!.name, '--precision', 'int8', '--attention', 'plain'],
      /CLI_USAGE: int8 and plain attention/,
    ],
    [
      'calibration in fp32',
      ['build', '--model', CATALOG[0]!.name, '--calibrate', 'parts'],
      /CLI_USAGE: .*fp32 has neither/,
    ],
    [
      'calibration in fp16',
      [...OWN_FILES, '--output', 'm', '--precision', 'fp16', '--calibrate', 'parts'],
      /CLI_USAGE: .*fp16 has nothing to calibrate/,
    ],
    [
      'an image size beyond all sense',
      ['build', '--model', CATALOG[0]!.name, '--image-size', '5000'],
      /CLI_USAGE: --image-size/,
    ],
    [
      'own files without their weights',
      ['build', '--method', 'anomalyclip', '--output', 'm'],
      /needs --clip/,
    ],
    ['own files without an output', OWN_FILES, /needs --output/],
    [
      'a precision that there is not',
      [...OWN_FILES, '--output', 'm', '--precision', 'int2'],
      /expected fp32, fp16, int8 or int4/,
    ],
  ] as const)
    it(`${situation} is not understood: exit status 2 and nothing is made`, async () => {
      await inNewFolder(async (cwd) => {
        const { status, stderr } = await anomalyclip(args, { cwd })
        assert.equal(status, 2)
        assert.match(stderr, hint)
        assert.equal(lines(stderr).length, 1)
        assert.deepEqual(await readdir(cwd), [])
      })
    })

  it('weights that do not exist are one coded line and exit status 1', async () => {
    await inNewFolder(async (cwd) => {
      const args = [
        'build',
        '--method',
        'anomalyclip',
        '--clip',
        'no.pt',
        '--prompts',
        'no.pth',
        '--output',
        'm',
      ]
      const { status, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 1)
      assert.match(lines(stderr).at(-1)!, /^anomalyclip: WEIGHTS_FILE_MISSING: /)
      assert.deepEqual(await readdir(cwd), [])
    })
  })

  it('options that do not fit the weights are one coded line, and no folder is left', async () => {
    await inNewFolder(async (cwd) => {
      const { status, stderr } = await anomalyclip([...OWN_FILES, '--features', '7', '--output', 'm'], {
        cwd,
      })
      assert.equal(status, 1)
      assert.match(lines(stderr).at(-1)!, /^anomalyclip: MODEL_OPTIONS: /)
      assert.deepEqual(await readdir(cwd), [])
    })
  })

  it('a folder with other files is never replaced', async () => {
    await inNewFolder(async (cwd) => {
      await mkdir(join(cwd, 'mine'))
      await writeFile(join(cwd, 'mine', 'thesis.txt'), 'x')
      const { status, stderr } = await anomalyclip([...OWN_FILES, '--output', 'mine'], { cwd })
      assert.equal(status, 1)
      assert.match(lines(stderr).at(-1)!, /^anomalyclip: MODEL_OPTIONS: /)
      assert.deepEqual(await readdir(join(cwd, 'mine')), ['thesis.txt'])
    })
  })

  it('--from names every file that is not there, where to get it and where to put it', async () => {
    await inNewFolder(async (cwd) => {
      await mkdir(join(cwd, 'usb'))
      const { status, stderr } = await anomalyclip(['build', '--model', CATALOG[0]!.name, '--from', 'usb'], {
        cwd,
      })
      assert.equal(status, 1)
      const line = lines(stderr).at(-1)!
      assert.match(line, /^anomalyclip: WEIGHTS_FILE_MISSING: /)
      for (const { url, file } of weightsOf(CATALOG[0]!)) {
        assert.ok(line.includes(url))
        assert.ok(line.includes(join(cwd, 'usb', file)))
      }
    })
  })

  it('--from refuses a file that is not the published one', async () => {
    await inNewFolder(async (cwd) => {
      await mkdir(join(cwd, 'usb', '9_12_4_multiscale'), { recursive: true })
      await writeFile(join(cwd, 'usb', '9_12_4_multiscale', 'epoch_15.pth'), 'not these')
      await writeFile(join(cwd, 'usb', 'ViT-L-14-336px.pt'), 'nor these')
      const { status, stderr } = await anomalyclip(['build', '--model', CATALOG[0]!.name, '--from', 'usb'], {
        cwd,
      })
      assert.equal(status, 1)
      assert.match(
        lines(stderr).at(-1)!,
        /^anomalyclip: WEIGHTS_\w+: .*c90f1d9d92d158b436a8fc193f984d4cec8b1fc8/,
      )
      assert.deepEqual(await readdir(cwd), ['usb'])
    })
  })
})
