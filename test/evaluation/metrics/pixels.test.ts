import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPixelTally } from '../../../evaluation/metrics/index.ts'
import type { AnomalyMap, Mask } from '../../../inspection/types.ts'
import { smallDisk } from '../../support/store.ts'
import {
  byDefinition,
  type Drawing,
  type Part,
  parts,
  randomOf,
  referenceByDefinition,
} from './by-definition.ts'

const near = (found: number | null, expected: number, what: string): void =>
  assert.ok(found !== null && Math.abs(found - expected) <= 1e-12, `${what}: ${found}, expected ${expected}`)

const empty = ({ width, height }: AnomalyMap): Mask => ({
  width,
  height,
  data: new Uint8Array(width * height),
})

describe('pixels of an evaluation', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anomalyclip-pixels-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const tallied = (all: readonly Part[], capacity?: number) => {
    const tally = startPixelTally({ folder, ...(capacity ? { capacity } : {}) })
    for (const { map, mask } of all) tally.add(map, mask ?? empty(map))
    return tally
  }
  const measured = (all: readonly Part[], aupro: 'exact' | 'reference', capacity?: number) => {
    const tally = tallied(all, capacity)
    try {
      return tally.measure(aupro)
    } finally {
      tally.close()
    }
  }
  const row = (scores: readonly number[], mask: readonly number[]): Part => ({
    map: { width: scores.length, height: 1, data: Float32Array.from(scores) },
    mask: { width: scores.length, height: 1, data: Uint8Array.from(mask) },
  })

  const DRAWINGS: Record<string, Drawing> = {
    'of two values': { levels: 2 },
    'of one value': { levels: 1 },
    'of values that hardly come twice': { levels: 100_000 },
    'with few anomalous pixels, far from most good ones': { levels: 40, share: 0.03, goodEvery: 2 },
    'nearly all anomalous': { levels: 7, share: 0.97, goodEvery: 100 },
  }
  for (const [what, drawing] of Object.entries(DRAWINGS))
    it(`are measured as defined on maps ${what}, on the disk as in memory`, () => {
      for (let seed = 1; seed <= 4; seed++) {
        const all = parts(seed, 5, drawing)
        const expected = byDefinition(all)
        for (const capacity of [undefined, 64, 7]) {
          const found = measured(all, 'exact', capacity)
          for (const name of ['auroc', 'ap', 'f1max', 'aupro'] as const)
            near(found[name], expected[name], `${name} of seed ${seed}`)
        }
      }
    })

  it('give the very same figures and curves whether the disk was needed or not', () => {
    const all = parts(99, 40, { levels: 500 })
    for (const aupro of ['exact', 'reference'] as const) {
      const whole = measured(all, aupro)
      for (const capacity of [1_000, 50]) assert.deepEqual(measured(all, aupro, capacity), whole)
    }
  })

  it('give the AUPRO of 200 thresholds, each value counting as above those that are lower', () => {
    for (let seed = 1; seed <= 4; seed++) {
      // From 0 to 200/256, so that the thresholds are exact and many of them are values of the maps, too.
      const random = randomOf(seed)
      const drawn = parts(seed, 6).map(({ map, mask }) => ({
        map: { ...map, data: map.data.map(() => Math.floor(random() ** 2 * 101) / 128) },
        mask,
      }))
      const ends = row([0, 200 / 256], [0, 0])
      const all = [...drawn, ends]
      for (const capacity of [undefined, 60]) {
        const found = measured(all, 'reference', capacity)
        near(found.auproReference!, referenceByDefinition(all), `seed ${seed}`)
        near(found.aupro, measured(all, 'exact', capacity).aupro!, `seed ${seed}, exact`)
      }
    }
  })

  it('are one threshold where scores are 0 and −0', () => {
    assert.equal(measured([row([-0, 0, 0, -0], [1, 0, 1, 0])], 'exact').auroc, 0.5)
  })

  it('are ranked rightly below 0, near 0 and beyond 1', () => {
    const scores = [-3e38, -2, -1e-45, 0, 1e-45, 0.5, 1, 3e38]
    const anomalous = [0, 0, 0, 0, 1, 1, 1, 1]
    const found = measured([row(scores, anomalous)], 'exact', 3)
    assert.equal(found.auroc, 1)
    assert.equal(found.f1Threshold, Math.fround(1e-45))
    assert.equal(measured([row(scores.toReversed(), anomalous)], 'exact', 3).auroc, 0)
  })

  it('weigh a region by its whole area, also above 65,535 pixels', () => {
    const [width, height] = [300, 300]
    const data = Float32Array.from({ length: width * height }, (_, i) => (i % 2 === 0 ? 0.9 : 0.1))
    const whole = { width, height, data: new Uint8Array(width * height).fill(1) }
    const all = [{ map: { width, height, data }, mask: whole }, row([0.5, 0.5], [0, 0])]
    // Half of the region lies above the good pixels, and all of it where they are let in.
    near(measured(all, 'exact').aupro, 0.5, 'aupro')
  })

  it('take 2 bytes each on the disk where they are good', () => {
    const [part] = parts(1, 1)
    const tally = tallied(
      Array.from({ length: 100 }, () => part!),
      100,
    )
    const [own] = readdirSync(folder)
    assert.deepEqual(readdirSync(join(folder, own!)), ['good.runs'])
    assert.equal(statSync(join(folder, own!, 'good.runs')).size, 2 * 8_000)
    tally.close()
  })

  it('leave nothing on the disk, measured or not', () => {
    const tally = tallied(parts(1, 20), 100)
    tally.measure('exact')
    tally.close()
    tallied(parts(1, 20), 100).close()
    assert.deepEqual(readdirSync(folder), [])
  })

  it('refuse a mask of another size and a value that is no number, and stay as they were', () => {
    const all = parts(7, 3)
    const [{ map }] = all as [Part, ...Part[]]
    const tally = tallied(all)
    assert.throws(() => tally.add(map, { width: 3, height: 3, data: new Uint8Array(9) }), {
      code: 'EVALUATION_MAP',
      message: /3 × 3 pixels, its anomaly map 9 × 9/,
    })
    for (const value of [Number.NaN, -Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      assert.throws(() => tally.add({ ...map, data: map.data.with(4, value) }, empty(map)), {
        code: 'EVALUATION_MAP',
        message: /not finite/,
      })
    assert.deepEqual(tally.measure('exact'), measured(all, 'exact'))
    tally.close()
  })

  it('name the folder that cannot be used, and what to do', () => {
    assert.throws(() => startPixelTally({ folder: join(folder, 'missing') }), {
      code: 'EVALUATION_DISK',
      message: /missing, where .*ENOENT.*--resume, or choose another --output/,
    })
  })

  it('say that the disk is full, and leave nothing on it', async function () {
    const disk = await smallDisk(64 * 1024)
    if (disk === null) {
      console.warn('      skipped: this user may not mount a tmpfs, so no disk can be filled')
      return this.skip()
    }
    const tally = startPixelTally({ folder: disk.path, capacity: 1_000 })
    try {
      const map = { width: 500, height: 500, data: new Float32Array(250_000) }
      assert.throws(() => tally.add(map, empty(map)), {
        code: 'EVALUATION_DISK',
        message: new RegExp(
          `no room left on the disk of ${disk.path}.*Make room there and go on with --resume`,
        ),
      })
      tally.close()
      assert.deepEqual(readdirSync(disk.path), [])
    } finally {
      await disk.remove()
    }
  })
})
