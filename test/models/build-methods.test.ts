import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../engine/index.ts'
import { buildModel } from '../../models/build.ts'
import { METHODS } from '../../models/methods/index.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { readManifest, verifyFiles } from '../../models/open.ts'
import { goldenFolder, largestDifference, readTensors } from '../support/golden.ts'
import { GOLDEN_METHODS } from '../support/golden-methods.ts'

/** From the PNG, which has 8 bits a sample. */
const TOLERANCE = 5e-3

describe('a model folder of each method that takes class names', () => {
  let output: string
  beforeEach(async () => {
    output = await mkdtemp(join(tmpdir(), 'method-'))
  })
  afterEach(() => rm(output, { recursive: true }))

  for (const {
    title,
    method,
    clip,
    extra,
    image,
    expected,
    prefix = '',
    settings,
    classNames,
  } of GOLDEN_METHODS)
    it(`${title}: the engine gives the published score and map of every class`, async () => {
      const { needs } = METHODS[method]
      const { features, ...others } = settings
      const built = await buildModel({
        method,
        clip,
        ...(needs === null || extra === undefined ? {} : { [needs]: extra }),
        ...others,
        ...(features.length === 0 ? {} : { features }),
        classNames,
        output,
      })
      const manifest = await readManifest(output)
      assert.deepEqual(manifest, built)
      await verifyFiles(output, manifest)
      assert.equal(manifest.text!.defaultClass, classNames[0])

      const golden = await readTensors(expected)
      const goldenOf = (tensor: string, className: string) =>
        golden.get(`${prefix}${tensor}_${className.replaceAll(' ', '-')}`)!.data
      const data = await readFile(image)
      const engine = startEngine({ model: output })
      try {
        for (const className of classNames.slice(0, 2)) {
          const result = await engine.infer({ image: { kind: 'encoded', data }, className })
          assert.equal(result.className, className)
          const score = goldenOf('image_score', className)[0]!
          assert.ok(Math.abs(result.score - score) <= TOLERANCE, `score ${result.score} of ${className}`)
          // Of the first image; the reference sums taps, ours is the mean.
          const taps = features.length || 1
          const map = goldenOf('anomaly_map', className).subarray(0, result.map.data.length)
          const off = largestDifference(
            result.map.data,
            map.map((sum) => sum / taps),
          )
          assert.ok(off <= TOLERANCE, `the map of ${className} is off by ${off}`)
        }
      } finally {
        await engine.close()
      }
    })

  it('a class chosen for a model that takes none is refused before anything is inferred', async () => {
    const engine = startEngine({ model: nanoModelDir() })
    try {
      const data = await readFile(join(goldenFolder('tiny-a'), 'image.png'))
      const image = { kind: 'encoded', data } as const
      await assert.rejects(engine.infer({ image, className: 'nut' }), {
        code: 'MODEL_CLASS',
        message: /takes no class names/,
      })
      assert.equal((await engine.infer({ image })).className, null)
    } finally {
      await engine.close()
    }
  })
})
