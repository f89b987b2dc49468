/** Counting the pixels of an evaluation: maps and masks in, pixel metrics out. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPixelTally } from '../../evaluation/metrics/index.ts'
import type { AnomalyMap, Mask } from '../../inspection/types.ts'
import { caseArguments, msOf, peakMegabytes } from '../measure.ts'

export interface MetricsRun {
  /** Of all maps together, as is all that follows. */
  readonly addMs: number
  readonly measureMs: number
  /** Of the processors for both: other than the clock, it does not see what else the machine has to do. */
  readonly cpuMs: number
  /** Peak resident memory before the first map, and at the end. */
  readonly startMB: number
  readonly peakMB: number
}

const { side, maps } = caseArguments<{ side: number; maps: number }>()

/** Numbers of 0 to 1 that do not come again for long (Marsaglia 2003, "Xorshift RNGs"). */
let state = 1
const random = (): number => {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

interface Part {
  readonly map: AnomalyMap
  readonly mask: Mask
}

/** A smooth map with some noise, and on every second part a round defect of a twentieth of it. */
const draw = ({ map, mask }: Part, isAnomalous: boolean): void => {
  const [level, x, y] = [0.1 + 0.2 * random(), side * (0.2 + 0.6 * random()), side * (0.2 + 0.6 * random())]
  const area = (0.05 * side * side) / Math.PI
  for (let row = 0, pixel = 0; row < side; row++)
    for (let column = 0; column < side; column++, pixel++) {
      const distance = (row - y) ** 2 + (column - x) ** 2
      const defect = isAnomalous ? 0.4 / (1 + distance / area) : 0
      map.data[pixel] = level + defect + 0.1 * random()
      mask.data[pixel] = isAnomalous && distance < area ? 1 : 0
    }
}

/** Drawn anew and again: what a clock costs is then spread over some. */
const TOGETHER = 10
const size = { width: side, height: side }
const parts = Array.from({ length: TOGETHER }, () => ({
  map: { ...size, data: new Float32Array(side * side) },
  mask: { ...size, data: new Uint8Array(side * side) },
}))

const spent = { addMs: 0, measureMs: 0, cpuMs: 0 }
const timed = async (what: 'addMs' | 'measureMs', work: () => unknown): Promise<void> => {
  const before = process.cpuUsage()
  spent[what] += await msOf(async () => work())
  const { user, system } = process.cpuUsage(before)
  spent.cpuMs += (user + system) / 1000
}

const folder = mkdtempSync(join(tmpdir(), 'anomalyclip-bench-'))
const tally = startPixelTally({ folder })
try {
  for (const part of parts) draw(part, true)
  const startMB = peakMegabytes()
  for (let done = 0; done < maps; done += TOGETHER) {
    for (const [i, part] of parts.entries()) draw(part, i % 2 === 0)
    await timed('addMs', () => {
      for (const { map, mask } of parts) tally.add(map, mask)
    })
  }
  await timed('measureMs', () => tally.measure('exact'))
  console.log(JSON.stringify({ ...spent, startMB, peakMB: peakMegabytes() } satisfies MetricsRun))
} finally {
  tally.close()
  rmSync(folder, { recursive: true, force: true })
}
