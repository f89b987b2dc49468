import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure, startPixelTally, stepsOf } from '../../../evaluation/metrics/index.ts'
import { labelComponents } from '../../../inspection/regions/index.ts'
import type { AnomalyMap, Mask } from '../../../inspection/types.ts'
import { goldenFolder, readTensors } from '../../support/golden.ts'

const near = (found: number | null, expected: number, tolerance: number): void =>
  assert.ok(found !== null && Math.abs(found - expected) <= tolerance, `${found}, expected ${expected}`)

/** Small numbers that come again. */
const randomOf = (seed: number) => {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

interface Part {
  readonly map: AnomalyMap
  readonly mask: Mask | null
}

const SIZE = 9
/** Maps of a few levels, so that most values are there more than once. */
const parts = (seed: number, count: number): Part[] => {
  const random = randomOf(seed)
  const pixels = SIZE * SIZE
  return Array.from({ length: count }, (_, i) => ({
    map: {
      width: SIZE,
      height: SIZE,
      data: Float32Array.from({ length: pixels }, () => Math.floor(random() * 12) / 12 - 0.25),
    },
    mask:
      i % 3 === 0
        ? null
        : {
            width: SIZE,
            height: SIZE,
            data: Uint8Array.from({ length: pixels }, () => (random() < 0.2 ? 1 : 0)),
          },
  }))
}

/** By definition: every threshold, every pixel. */
const naive = (all: readonly Part[]) => {
  const values = all.flatMap(({ map, mask }) =>
    [...map.data].map((score, i) => ({ score, positive: mask?.data[i] === 1 })),
  )
  const [positives, negatives] = [true, false].map((kind) =>
    values.filter(({ positive }) => positive === kind),
  )
  let wins = 0
  for (const { score } of positives!)
    for (const other of negatives!) wins += score > other.score ? 1 : score === other.score ? 0.5 : 0
  const regions = all.flatMap(({ map, mask }) => {
    if (!mask) return []
    const { labels, sizes } = labelComponents(mask)
    return sizes.slice(1).map((_, i) => [...map.data].filter((_score, pixel) => labels[pixel] === i + 1))
  })
  let [ap, recall, f1max, aupro, x, y] = [0, 0, 0, 0, 0, 0]
  for (const threshold of [...new Set(values.map(({ score }) => score))].sort((a, b) => b - a)) {
    const over = (list: readonly number[]): number => list.filter((score) => score >= threshold).length
    const [tp, fp] = [positives!, negatives!].map((list) => over(list.map(({ score }) => score))) as [
      number,
      number,
    ]
    ap += (tp / positives!.length - recall) * (tp / (tp + fp))
    recall = tp / positives!.length
    f1max = Math.max(f1max, (2 * tp) / (tp + fp + positives!.length))
    const [nextX, nextY] = [
      fp / negatives!.length,
      regions.reduce((sum, region) => sum + over(region) / region.length, 0) / regions.length,
    ]
    const share = nextX === x ? 0 : Math.max(0, Math.min(1, (0.3 - x) / (nextX - x)))
    aupro += ((nextX - x) * share * (2 * y + (nextY - y) * share)) / 2 / 0.3
    ;[x, y] = [nextX, nextY]
  }
  return { auroc: wins / positives!.length / negatives!.length, ap, f1max, aupro }
}

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
      const { aupro } = tallied(await goldenParts()).measure('reference')
      near(aupro, expected.pixel_aupro_reference_200_steps!, 1e-4)
    })
  })

  it('are those of the definition where most values are there many times', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const all = parts(seed, 6)
      const expected = naive(all)
      for (const capacity of [undefined, 64]) {
        const found = tallied(all, capacity).measure('exact')
        for (const name of ['auroc', 'ap', 'f1max', 'aupro'] as const)
          near(found[name], expected[name], 1e-12)
      }
    }
  })

  it('are exactly the same whether the disk was needed or not', () => {
    const all = parts(99, 40)
    const [whole, spilled] = [undefined, 50].map((capacity) => tallied(all, capacity).measure('exact'))
    assert.equal(whole!.auroc, spilled!.auroc)
    assert.equal(whole!.f1Threshold, spilled!.f1Threshold)
    near(spilled!.aupro, whole!.aupro!, 1e-12)
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
    assert.equal(tally.measure('reference').aupro, null)
  })

  it('come with curves from (0, 0) to (1, 1) of a few hundred points at most', () => {
    const { roc, pro } = tallied(parts(3, 60)).measure('exact')
    for (const curve of [roc, pro]) {
      assert.deepEqual(curve[0], [0, 0])
      assert.ok(curve.at(-1)!.every((value) => Math.abs(value - 1) < 1e-9))
      assert.ok(curve.length <= 1_001)
    }
  })

  it('leave nothing on the disk', () => {
    const tally = tallied(parts(1, 20), 100)
    tally.measure('exact')
    tally.close()
    assert.deepEqual(readdirSync(folder), [])
  })

  it('refuse a mask of another size and a value that is no number', () => {
    const [{ map }] = parts(1, 1) as [Part]
    const tally = tallied([])
    assert.throws(() => tally.add(map, { width: 3, height: 3, data: new Uint8Array(9) }), {
      code: 'EVALUATION_MAP',
      message: /3 × 3 pixels, its anomaly map 9 × 9/,
    })
    const broken = { ...map, data: map.data.with(4, Number.NaN) }
    assert.throws(() => tally.add(broken, { ...map, data: new Uint8Array(map.data.length) }), {
      code: 'EVALUATION_MAP',
      message: /not finite/,
    })
  })
})
