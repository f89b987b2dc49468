import assert from 'node:assert/strict'
import { anomalousArea } from '../../../inspection/regions/index.ts'
import { peakOf } from '../../../inspection/threshold/peak.ts'
import { seeded } from '../random.ts'
import { mapOf } from './anomalies.ts'

const isOver = (map: ReturnType<typeof mapOf>, pixelThreshold: number, minArea: number): boolean =>
  anomalousArea(map, { pixelThreshold, minArea }) > 0

describe('the peak of a map', () => {
  it('is its maximum without a minimum area', () => {
    assert.equal(peakOf(mapOf(0.25, 0.75, 0.5), 0), 0.75)
  })

  it('is the lowest of the highest pixels that are connected, with one', () => {
    // Two pixels (12.5 %) that touch: 0.5 and 0.25; the 0.75 stands alone.
    assert.equal(peakOf(mapOf(0.75, 0, 0.5, 0.25), 12.5), 0.25)
  })

  it('splits thresholds exactly: over at the peak, not over a step above it (property)', () => {
    const random = seeded(31)
    for (let trial = 0; trial < 60; trial++) {
      const width = 1 + Math.floor(random() * 12)
      const height = 1 + Math.floor(random() * 12)
      const steps = 2 + Math.floor(random() * 50)
      const data = Float32Array.from({ length: width * height }, () => Math.floor(random() * steps) / steps)
      const map = { width, height, data }
      for (const minArea of [0, 3, 10, 33.3, 50, 100]) {
        const peak = peakOf(map, minArea)
        assert.ok(isOver(map, peak, minArea), `${width}×${height}, ${minArea} %: not over at ${peak}`)
        assert.ok(!isOver(map, peak + 1e-6, minArea), `${width}×${height}, ${minArea} %: over above ${peak}`)
      }
    }
  })
})
