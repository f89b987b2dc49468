import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure, startPixelTally, stepsOf } from '../../../evaluation/metrics/index.ts'
import { goldenFolder, readTensors } from '../../support/golden.ts'
import { byDefinition, type Part, parts, randomOf } from './by-definition.ts'

const near = (found: number | null, expected: number, tolerance: number): void =>
  assert.ok(found !== null && Math.abs(found - expected) <= tolerance, `${found}, expected ${expected}`)

describe('metrics of an evaluation', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anomalyclip-metrics-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const tallied = (all: readonly Part[], capacity?: number) => {
    const tally = startPixelTally({ folder, ...(capacity ? { capacity } : {}) })
    for (const { map, mask } of all) tally.add(map, mask ?? { ...map, data: new Uint8Array(map.data.length) })
    return tally
  }

  describe('of the golden maps', () => {
    const golden = goldenFolder('metrics')
    const expected = JSON.parse(readFileSync(join(golden, 'metrics-expected.json'), 'utf8')) as Record<
      string,
      number
    >

    const goldenParts = async (): Promise<Part[]> => {
      const tensors = await readTensors(join(golden, 'metrics-input.safetensors'))
      const [maps, masks] = [tensors.get('maps')!, tensors.get('masks')!]
      const [count, height, width] = maps.shape as [number, number, number]
      const pixels = width * height
      return Array.from({ length: count }, (_, i) => {
        const of = (data: Float32Array) => data.subarray(i * pixels, (i + 1) * pixels)
        return {
          map: { width, height, data: of(maps.data) },
          mask: { width, height, data: Uint8Array.from(of(masks.data), (value) => (value > 0.5 ? 1 : 0)) },
        }
      })
    }

    it('agree for images with scikit-learn', async () => {
      const tensors = await readTensors(join(golden, 'metrics-input.safetensors'))
      const { steps, totals } = stepsOf(tensors.get('scores')!.data, tensors.get('labels')!.data)
      const { auroc, ap, f1max } = measure(steps, totals)
      near(auroc, expected.image_auroc!, 1e-6)
      near(ap, expected.image_ap!, 1e-6)
      near(f1max, expected.image_f1_max!, 1e-6)
    })

    it('agree for pixels, on the disk as in memory', async () => {
      const all = await goldenParts()
      for (const capacity of [undefined, 1_000]) {
        const { auroc, ap, f1max, aupro } = tallied(all, capacity).measure('exact')
        near(auroc, expected.pixel_auroc!, 1e-6)
        near(ap, expected.pixel_ap!, 1e-6)
        near(f1max, expected.pixel_f1_max!, 1e-6)
        near(aupro, expected.pixel_aupro_exact!, 1e-6)
      }
    })

    it('give the AUPRO of the published code, too', async () => {
      const { auproReference } = tallied(await goldenParts()).measure('reference')
      near(auproReference!, expected.pixel_aupro_reference_200_steps!, 1e-4)
    })
  })

  it('are those of the definition where most values are there many times', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const all = parts(seed, 6)
      const expected = byDefinition(all)
      for (const capacity of [undefined, 64]) {
        const found = tallied(all, capacity).measure('exact')
        for (const name of ['auroc', 'ap', 'f1max', 'aupro'] as const)
          near(found[name], expected[name], 1e-12)
      }
    }
  })

  it('have a threshold for the best F1, at and above which parts are anomalous', () => {
    const { steps, totals } = stepsOf([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    const { f1max, f1Threshold, auroc } = measure(steps, totals)
    assert.deepEqual([f1max, f1Threshold, auroc], [1, 0.8, 1])
  })

  it('are null, never a number, where one kind is missing', () => {
    const { steps, totals } = stepsOf([0.1, 0.2], [0, 0])
    assert.deepEqual(measure(steps, totals), {
      auroc: null,
      ap: null,
      f1max: null,
      f1Threshold: null,
      aupro: null,
      roc: [],
      pro: [],
    })
    const [good] = parts(1, 1)
    const tally = tallied([good!])
    assert.equal(tally.measure('exact').aupro, null)
    assert.equal(tally.measure('reference').auproReference, null)
  })

  it('are numbers where a threshold of the published code is above all scores', () => {
    // Of as many maps, some have a range that float32 rounds so.
    const random = randomOf(1)
    for (let round = 0; round < 50; round++) {
      const map = { width: 8, height: 8, data: Float32Array.from({ length: 64 }, () => 0.3 + 0.4 * random()) }
      const mask = { width: 8, height: 8, data: Uint8Array.from({ length: 64 }, (_, i) => (i < 20 ? 1 : 0)) }
      const expected = tallied([{ map, mask }]).measure('exact')
      assert.equal(tallied([{ map, mask }]).measure('reference').ap, expected.ap)
    }
  })

  it('come with curves from (0, 0) to (1, 1) of a few hundred points at most', () => {
    const { roc, pro } = tallied(parts(3, 60)).measure('exact')
    for (const curve of [roc, pro]) {
      assert.deepEqual(curve[0], [0, 0])
      assert.ok(curve.at(-1)!.every((value) => Math.abs(value - 1) < 1e-9))
      assert.ok(curve.length <= 1_001)
    }
  })
})
