import assert from 'node:assert/strict'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { DetectionRecord } from '../../../cli/detect/record.ts'
import { buildModel } from '../../../models/build.ts'
import { decodeNpy } from '../../../models/npy.ts'
import { goldenConfig, goldenFolder, largestDifference, readTensors } from '../../support/golden.ts'
import { anomalyclip, inNewFolder, lines, startAnomalyclip } from '../anomalyclip.ts'

const golden = goldenFolder('tiny-b')
const config = goldenConfig('tiny-b')
const SAMPLES = join(import.meta.dirname, '..', '..', '..', 'models', 'nano', 'samples')

const records = (stdout: string): DetectionRecord[] =>
  lines(stdout).map((line) => JSON.parse(line) as DetectionRecord)

const buildTiny = (output: string) =>
  buildModel({
    method: 'anomalyclip',
    clip: join(golden, 'clip.safetensors'),
    prompts: join(golden, 'prompts.pth'),
    imageSize: config.image_size,
    dpamLayers: config.dpam - 1,
    features: config.features,
    sigma: config.sigma,
    output,
  })

describe('anomalyclip detect', () => {
  it('score and map of the golden picture agree with the published implementation', async () => {
    await inNewFolder(async (cwd) => {
      await buildTiny(join(cwd, 'tiny'))
      const args = ['detect', '--model', 'tiny', '--json', '--map-dir', 'maps', join(golden, 'image.png')]
      const { status, stdout, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 0, stderr)
      const expected = await readTensors(join(golden, 'expected.safetensors'))
      const [record, ...others] = records(stdout)
      assert.deepEqual(others, [])
      assert.ok(Math.abs(record!.score - expected.get('image_score')!.data[0]!) <= 5e-3)
      assert.deepEqual(await readdir(join(cwd, 'maps')), ['image.npy'])
      const { shape, data } = decodeNpy(await readFile(join(cwd, 'maps', 'image.npy')))
      assert.deepEqual(shape, [64, 64])
      // The reference sums over taps, ours is the mean.
      const sum = expected.get('anomaly_map')!.data
      assert.ok(
        largestDifference(
          data,
          sum.map((value) => value / config.features.length),
        ) <= 5e-3,
      )
      assert.equal(
        record!.peak.value,
        data.reduce((a, b) => Math.max(a, b)),
      )
    })
  })

  it('--json prints one object a line, in the order of the images, with the file as it was given', async () => {
    await inNewFolder(async (cwd) => {
      await buildTiny(join(cwd, 'tiny'))
      await cp(join(golden, 'image.png'), join(cwd, 'a.png'))
      await writeFile(
        join(cwd, 'b.jpg'),
        await sharp(join(golden, 'image.png')).resize(300, 100).jpeg().toBuffer(),
      )
      const given = ['./b.jpg', 'a.png', './b.jpg', 'a.png', 'a.png', './b.jpg']
      const { status, stdout } = await anomalyclip(['detect', '--model', './tiny', '--json', ...given], {
        cwd,
      })
      assert.equal(status, 0)
      const found = records(stdout)
      assert.deepEqual(
        found.map(({ file }) => file),
        given,
      )
      const { image, model, map, timing } = found[0]!
      assert.deepEqual([image.width, image.height, image.format], [300, 100, 'jpeg'])
      assert.deepEqual([model.name, model.method, model.device], ['tiny', 'anomalyclip', 'cpu'])
      assert.deepEqual([map.width, map.height], [64, 64])
      assert.ok(timing.totalMs > 0)
    })
  })

  it('what cannot be read is a line each on standard error, the others go on, and the exit status is 1', async () => {
    await inNewFolder(async (cwd) => {
      await buildTiny(join(cwd, 'tiny'))
      await cp(join(golden, 'image.png'), join(cwd, 'good.png'))
      await writeFile(join(cwd, 'text.png'), 'this is no picture')
      await writeFile(join(cwd, 'empty.png'), '')
      const jpeg = await sharp(join(golden, 'image.png')).resize(400).jpeg().toBuffer()
      await writeFile(join(cwd, 'cut.jpg'), jpeg.subarray(0, jpeg.length / 2))
      const bad = ['missing.png', 'text.png', 'empty.png', 'cut.jpg']
      const given = [...bad.flatMap((name) => [name, 'good.png']), '/dev/zero']
      const { status, stdout, stderr } = await anomalyclip(
        ['detect', '--model', 'tiny', '--json', ...given],
        { cwd },
      )
      assert.equal(status, 1)
      assert.deepEqual(
        records(stdout).map(({ file }) => file),
        bad.map(() => 'good.png'),
      )
      const complaints = lines(stderr)
      assert.equal(complaints.length, bad.length + 1, stderr)
      for (const [at, name] of [...bad, '/dev/zero'].entries())
        assert.match(complaints[at]!, new RegExp(`^anomalyclip: ${name}: (CLI|IMAGE)_[A-Z_]+: `))
    })
  })

  it('an image over the limits is refused before it is read or decoded, and the limits can be raised', async () => {
    await inNewFolder(async (cwd) => {
      await buildTiny(join(cwd, 'tiny'))
      const noise = { width: 1200, height: 1000, channels: 3, background: '#777' } as const
      await sharp({ create: noise }).png({ compressionLevel: 0 }).toFile(join(cwd, 'large.png'))
      const detect = ['detect', '--model', 'tiny', '--json', 'large.png']
      for (const limit of ['--max-megabytes', '--max-megapixels']) {
        const refused = await anomalyclip([...detect, limit, '1'], { cwd })
        assert.equal(refused.status, 1)
        assert.match(refused.stderr, /^anomalyclip: large\.png: IMAGE_TOO_LARGE: .*\n$/)
        assert.equal((await anomalyclip([...detect, limit, '4'], { cwd })).status, 0)
      }
    })
  })

  it('two images of one name do not overwrite each other: the second is refused, the others go on', async () => {
    await inNewFolder(async (cwd) => {
      await buildTiny(join(cwd, 'tiny'))
      for (const folder of ['good', 'bad']) {
        await mkdir(join(cwd, folder))
        await cp(join(golden, 'image.png'), join(cwd, folder, '000.png'))
      }
      const args = ['detect', '--model', 'tiny', '--json', '--map-dir', 'maps', 'good', 'bad']
      const { status, stdout, stderr } = await anomalyclip(args, { cwd })
      assert.equal(status, 1)
      assert.deepEqual(
        records(stdout).map(({ file }) => file),
        ['good/000.png'],
      )
      assert.match(stderr, /^anomalyclip: bad\/000\.png: CLI_OUTPUT: .*good\/000\.png/)
      assert.deepEqual(await readdir(join(cwd, 'maps')), ['000.npy'])
    })
  })

  it('a folder for results that cannot be made is one line and exit status 1', async () => {
    await inNewFolder(async (cwd) => {
      await writeFile(join(cwd, 'taken'), '')
      const args = ['detect', '--map-dir', 'taken/maps', join(golden, 'image.png')]
      const { status, stdout, stderr } = await anomalyclip(args, { cwd })
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' })
      assert.match(stderr, /^anomalyclip: CLI_OUTPUT: .*taken.*\n$/)
    })
  })

  it('--overlay-dir writes a JPEG of the size of the image', async () => {
    await inNewFolder(async (cwd) => {
      await buildTiny(join(cwd, 'tiny'))
      await writeFile(
        join(cwd, 'wide.png'),
        await sharp(join(golden, 'image.png')).resize(300, 100).png().toBuffer(),
      )
      const { stderr } = await anomalyclip(
        ['detect', '--model', 'tiny', '--overlay-dir', 'seen', 'wide.png'],
        { cwd },
      )
      assert.deepEqual(await readdir(join(cwd, 'seen')), ['wide.jpg'], stderr)
      const { format, width, height } = await sharp(join(cwd, 'seen', 'wide.jpg')).metadata()
      assert.deepEqual([format, width, height], ['jpeg', 300, 100])
    })
  })

  describe('with a view', () => {
    it('inspects in tiles, says what each of them scored, and writes the map of the whole image', async () => {
      await inNewFolder(async (cwd) => {
        await writeFile(
          join(cwd, 'wide.png'),
          await sharp(join(SAMPLES, 'wood-bad-thread.png'))
            .resize(900, 300, { fit: 'fill' })
            .png()
            .toBuffer(),
        )
        const args = [
          '--tiles',
          '3x1',
          '--overlap',
          '20',
          '--tile-score',
          'top-2',
          '--region',
          '0,0,100%,50%',
        ]
        const { status, stdout, stderr } = await anomalyclip(
          ['detect', '--json', '--map-dir', 'maps', ...args, 'wide.png'],
          { cwd },
        )
        assert.equal(status, 0, stderr)
        const [{ view, map, score }] = records(stdout) as [DetectionRecord]
        assert.deepEqual([view?.columns, view?.rows, view?.rule, view?.share], [3, 1, 'top-2', 0.5])
        assert.deepEqual(
          view?.tiles.map(({ bbox }) => bbox),
          [
            [0, 0, 314, 150],
            [293, 0, 314, 150],
            [586, 0, 314, 150],
          ],
        )
        const [first, second] = view!.tiles.map((tile) => tile.score).sort((a, b) => b - a)
        assert.ok(Math.abs(score - (first! + second!) / 2) < 1e-9)
        const { shape, data } = decodeNpy(await readFile(join(cwd, 'maps', 'wide.npy')))
        assert.deepEqual(shape, [map.height, map.width])
        assert.deepEqual([map.width, map.height], [642, 300])
        // Nothing of the lower half is in the region.
        assert.ok(data.subarray(data.length / 2).every((value) => value === 0))
      })
    })

    it('leaves out what a mask covers, and turns what the model sees', async () => {
      await inNewFolder(async (cwd) => {
        const image = join(SAMPLES, 'leather-bad-perlin.png')
        const white = { create: { width: 85, height: 70, channels: 3, background: '#fff' } } as const
        await sharp({ create: { width: 320, height: 320, channels: 3, background: '#000' } })
          .composite([{ input: white, left: 0, top: 0 }])
          .toFile(join(cwd, 'mask.png'))
        const detect = async (...args: string[]) => {
          const { stdout, stderr } = await anomalyclip(['detect', '--json', ...args, image], { cwd })
          assert.equal(stderr, '')
          return records(stdout)[0]!
        }
        assert.ok((await detect()).score > 0.99)
        const [byMask, byShape] = [
          await detect('--ignore-mask', 'mask.png'),
          await detect('--ignore', '0,0,85,70'),
        ]
        assert.ok(byMask.score < 0.9)
        assert.equal(byMask.score, byShape.score)
        assert.equal((await detect('--rotate', '90')).view?.rotation, 90)
        assert.equal((await detect('--rotate', '0')).view, undefined)
      })
    })

    it('that cannot be meant ends it before any image; one that does not fit an image fails that image', async () => {
      await inNewFolder(async (cwd) => {
        const image = join(SAMPLES, 'nut-good.png')
        for (const args of [
          ['--tiles', '3'],
          ['--tiles', '3x'],
          ['--tiles', '2x2', '--overlap', '60%'],
          ['--tiles', '2x2', '--tile-score', 'median'],
          ['--overlap', '10%'],
          ['--tile-score', 'mean'],
          ['--region', '1,2,3'],
          ['--ignore', 'left half'],
          ['--rotate', '45'],
        ]) {
          const { status, stdout, stderr } = await anomalyclip(['detect', ...args, image], { cwd })
          assert.deepEqual({ status, stdout }, { status: 2, stdout: '' }, args.join(' '))
          assert.match(stderr, /^anomalyclip: CLI_USAGE: .*\n$/)
        }
        const missing = await anomalyclip(['detect', '--ignore-mask', 'none.png', image], { cwd })
        assert.equal(missing.status, 1)
        assert.match(missing.stderr, /^anomalyclip: CLI_FILE_UNREADABLE: .*none\.png/)
        const outside = await anomalyclip(['detect', '--region', '500,500,10,10', image], { cwd })
        assert.equal(outside.status, 1)
        assert.match(outside.stderr, /nut-good\.png: IMAGE_VIEW: .*320 × 320.*\n$/)
      })
    })
  })

  describe('with a model that takes class names', () => {
    const image = join(golden, 'image.png')
    const clip = { clip: join(golden, 'clip.safetensors'), imageSize: 64 }

    it('--class chooses one, in the words of a folder name too, and the result says which', async () => {
      await inNewFolder(async (cwd) => {
        await buildModel({
          ...clip,
          method: 'clip',
          classNames: ['bottle', 'metal nut'],
          output: join(cwd, 'm'),
        })
        const detect = async (...more: string[]) => {
          const { status, stdout, stderr } = await anomalyclip(
            ['detect', '--model', 'm', '--json', ...more, image],
            { cwd },
          )
          assert.equal(status, 0, stderr)
          return records(stdout)[0]!
        }
        const [first, chosen] = [await detect(), await detect('--class', 'metal_nut')]
        assert.deepEqual([first.model.className, chosen.model.className], ['bottle', 'metal nut'])
        assert.notEqual(first.score, chosen.score)
      })
    })

    it('an unknown class ends it before any image, with a hint how to add it', async () => {
      await inNewFolder(async (cwd) => {
        await buildModel({ ...clip, method: 'clip', classNames: ['bottle'], output: join(cwd, 'm') })
        const args = ['detect', '--model', 'm', '--class', 'screw', '--map-dir', 'maps', image]
        const { status, stdout, stderr } = await anomalyclip(args, { cwd })
        assert.deepEqual({ status, stdout }, { status: 1, stdout: '' })
        assert.match(
          stderr,
          /^anomalyclip: MODEL_CLASS: .*"screw"; it has "bottle"\. .*classes .*--add NAME\n$/,
        )
        assert.deepEqual(await readdir(cwd), ['m'])
      })
    })

    it('a class for a model that takes none is an error, not ignored', async () => {
      await inNewFolder(async (cwd) => {
        const { status, stdout, stderr } = await anomalyclip(['detect', '--class', 'bottle', image], { cwd })
        assert.deepEqual({ status, stdout }, { status: 1, stdout: '' })
        assert.match(stderr, /^anomalyclip: MODEL_CLASS: .*"nano".*takes no class names.*\n$/)
      })
    })
  })

  it('without --model nano inspects, and the table has a line an image', async () => {
    await inNewFolder(async (cwd) => {
      const good = join(SAMPLES, 'gear-good.png')
      const bad = join(SAMPLES, 'gear-bad-scratch.png')
      const { status, stdout, stderr } = await anomalyclip(['detect', good, bad], { cwd })
      assert.equal(status, 0, stderr)
      const [head, first, second] = lines(stdout)
      assert.match(head!, /score .*file$/)
      assert.ok(first!.endsWith(good) && second!.endsWith(bad))
      assert.match(first!, /^[01]\.\d{4} +[01]\.\d{4} +\(\d+, \d+\)/)
      assert.equal(first!.indexOf(SAMPLES), second!.indexOf(SAMPLES))
    })
  })

  it('Ctrl-C ends it with exit status 130 and one line, whatever is left to do', async () => {
    await inNewFolder(async (cwd) => {
      await buildTiny(join(cwd, 'tiny'))
      const images = Array<string>(500).fill(join(golden, 'image.png'))
      const child = startAnomalyclip(['detect', '--model', 'tiny', '--json', ...images], { cwd })
      child.process.stdout.once('data', () => child.process.kill('SIGINT'))
      const { status, stdout, stderr } = await child.outcome
      assert.equal(status, 130)
      assert.equal(stderr, 'anomalyclip: interrupted\n')
      assert.ok(records(stdout).length < images.length)
    })
  })

  it('a reader that has seen enough ends it quietly', async () => {
    await inNewFolder(async (cwd) => {
      await buildTiny(join(cwd, 'tiny'))
      const images = Array<string>(500).fill(join(golden, 'image.png'))
      const child = startAnomalyclip(['detect', '--model', 'tiny', '--json', ...images], { cwd })
      child.process.stdout.once('data', () => child.process.stdout.destroy())
      const { status, stdout, stderr } = await child.outcome
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      assert.ok(lines(stdout).length < images.length)
    })
  })

  it('leaves nothing in the home folder, where onnxruntime would put its identifier of the machine', async () => {
    await inNewFolder(async (cwd) => {
      const home = join(cwd, 'home')
      await mkdir(home)
      // Under CI onnxruntime keeps quiet by itself.
      const env = { HOME: home, CI: undefined, ORT_DISABLE_TELEMETRY: undefined }
      const { status } = await anomalyclip(['detect', join(SAMPLES, 'gear-good.png')], { cwd, env })
      assert.equal(status, 0)
      assert.deepEqual(await readdir(home), [])
    })
  })

  it('a model that is not there, or is damaged, is one line and exit status 1', async () => {
    await inNewFolder(async (cwd) => {
      const image = join(golden, 'image.png')
      const missing = await anomalyclip(['detect', '--model', './none', image], { cwd })
      assert.equal(missing.status, 1)
      assert.match(missing.stderr, /^anomalyclip: MODEL_MISSING: .*\n$/)
      await buildTiny(join(cwd, 'tiny'))
      await writeFile(join(cwd, 'tiny', 'model.onnx'), 'nothing')
      const damaged = await anomalyclip(['detect', '--model', 'tiny', image], { cwd })
      assert.equal(damaged.status, 1)
      assert.match(damaged.stderr, /^anomalyclip: MODEL_CORRUPT: .*\n$/)
      assert.equal(damaged.stdout, '')
    })
  })
})
