import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Engine, imageFrom, startEngine } from '../../engine/index.ts'
import { buildModel } from '../../models/build.ts'
import { nanoModelDir } from '../../models/nano/location.ts'
import { goldenConfig, goldenFolder, largestDifference, readTensors } from '../support/golden.ts'

const infer = (engine: Engine, file: string) => engine.infer({ image: imageFrom(readFileSync(file)) })

for (const name of ['tiny-a', 'tiny-b'])
  describe(`${name}, built and run from its PNG file`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'parity-'))
    let engine: Engine
    before(async () => {
      const { image_size, dpam, features, sigma } = goldenConfig(name)
      await buildModel({
        method: 'anomalyclip',
        clip: join(goldenFolder(name), 'clip.safetensors'),
        prompts: join(goldenFolder(name), 'prompts.pth'),
        imageSize: image_size,
        dpamLayers: dpam - 1,
        features,
        sigma,
        output: join(folder, name),
      })
      engine = startEngine({ model: join(folder, name) })
    })
    after(async () => {
      await engine.close()
      rmSync(folder, { recursive: true })
    })

    it('gives the published score and map', async () => {
      const expected = await readTensors(join(goldenFolder(name), 'expected.safetensors'))
      const { score, map } = await infer(engine, join(goldenFolder(name), 'image.png'))
      // The reference sums taps; we take the mean.
      const golden = expected.get('anomaly_map')!.data.map((sum) => sum / goldenConfig(name).features.length)
      assert.ok(Math.abs(score - expected.get('image_score')!.data[0]!) <= 5e-3)
      assert.ok(largestDifference(map.data, golden) <= 5e-3)
    })
  })

interface ExpectedSample {
  readonly file: string
  readonly score: number
  readonly map_mean: number
  readonly map_max: number
  readonly argmax_row_col: readonly [number, number]
  readonly lattice: readonly (readonly number[])[]
}

describe('nano on its own samples, from their PNG files', () => {
  const folder = resolve(import.meta.dirname, '..', '..', 'models', 'nano')
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
    readonly lattice_rows_and_columns: readonly number[]
    readonly samples: readonly ExpectedSample[]
  }
  let engine: Engine
  before(() => {
    engine = startEngine({ model: nanoModelDir() })
  })
  after(() => engine.close())

  for (const sample of expected.samples)
    it(`${sample.file} has the score and the map that its trainer saw`, async () => {
      const { score, map } = await infer(engine, join(folder, 'samples', sample.file))
      const at = (row: number, column: number): number => map.data[row * map.width + column]!
      const places = expected.lattice_rows_and_columns
      const lattice = places.flatMap((row) => places.map((column) => at(row, column)))
      assert.ok(Math.abs(score - sample.score) <= 1e-3)
      assert.ok(largestDifference(lattice, sample.lattice.flat()) <= 1e-3)
      assert.ok(Math.abs(at(...sample.argmax_row_col) - sample.map_max) <= 1e-3)
      assert.ok(Math.abs(map.data.reduce((a, b) => Math.max(a, b)) - sample.map_max) <= 1e-3)
      assert.ok(Math.abs(map.data.reduce((a, b) => a + b, 0) / map.data.length - sample.map_mean) <= 1e-3)
    })
})
