import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import type { AnomalyMap, Mask } from '../../inspection/types.ts'
import { isFiniteRange, type KeyRange, keyOf, scoreOf, writeKeys } from './keys.ts'
import { type Measured, startMeasure } from './measure.ts'
import { referenceAupro } from './reference-aupro.ts'
import { onDisk } from './run-file.ts'
import { bucketRuns } from './runs.ts'
import { allGood, splitByMask } from './split.ts'
import type { StepSink, Totals } from './steps.ts'
import { sweepDown } from './sweep.ts'

/** `reference` is in addition to the exact one. */
export type Aupro = 'exact' | 'reference'

/** Collects maps and masks, any number of them in memory that does not grow. */
export interface PixelTally {
  /** @param mask of the map's size; null where nothing is anomalous @throws EVALUATION_MAP, EVALUATION_DISK */
  add(map: AnomalyMap, mask: Mask | null): void
  /** At the end, once. @throws EVALUATION_DISK */
  measure(aupro: Aupro): Measured
  /** Removes what lies on the disk. */
  close(): void
}

/** Pixels that memory holds, of good and of anomalous ones each: 6 and 14 bytes. */
const CAPACITY = 1_000_000

export interface TallyOptions {
  /** A folder for temporary files. */
  readonly folder: string
  readonly capacity?: number
}

/** @throws EVALUATION_DISK */
export const startPixelTally = ({ folder, capacity = CAPACITY }: TallyOptions): PixelTally => {
  const own = onDisk(folder, () => mkdtempSync(join(folder, 'pixels-')))
  const good = bucketRuns({ path: join(own, 'good.runs'), width: 1, capacity })
  const anomalous = bucketRuns({ path: join(own, 'anomalous.runs'), width: 2, capacity })
  let totals: Totals = { positives: 0, negatives: 0, regions: 0 }
  let range: KeyRange = { lowest: 0xffff_ffff, highest: 0 }
  let keys = new Uint32Array(0)

  const add = (map: AnomalyMap, mask: Mask | null): void => {
    checkSizes(map, mask)
    if (keys.length !== map.data.length) keys = new Uint32Array(map.data.length)
    const found = writeKeys(map.data, keys)
    if (!isFiniteRange(found))
      throw codedError(
        'EVALUATION_MAP',
        'an anomaly map has values that are not finite numbers. Check the model with "anomalyclip info".',
      )
    range = {
      lowest: Math.min(range.lowest, found.lowest),
      highest: Math.max(range.highest, found.highest),
    }
    const split = mask ? splitByMask(keys, mask) : allGood(keys)
    good.add(split.good)
    anomalous.add(split.anomalous)
    totals = {
      positives: totals.positives + split.anomalous.length / 2,
      negatives: totals.negatives + split.good.length,
      regions: totals.regions + split.regions,
    }
  }

  const sweep = (marks: readonly number[], sink: StepSink): void =>
    sweepDown({ good: good.read(), anomalous: anomalous.read(), marks }, sink)

  return {
    add,
    measure: (aupro) => {
      const { sink, measured } = startMeasure(totals)
      if (aupro === 'exact') {
        sweep([], sink)
        return measured()
      }
      const reference = referenceAupro(totals, [scoreOf(range.lowest), scoreOf(range.highest)])
      sweep(reference.thresholds.map(keyOf), both(sink, reference.sink))
      return { ...measured(), auproReference: reference.area() }
    },
    close: () => {
      good.close()
      anomalous.close()
      rmSync(own, { recursive: true, force: true })
    },
  }
}

const checkSizes = ({ width, height, data }: AnomalyMap, mask: Mask | null): void => {
  if (data.length !== width * height)
    throw codedError('EVALUATION_MAP', `an anomaly map of ${width} × ${height} has ${data.length} values.`)
  if (mask === null) return
  if (mask.width !== width || mask.height !== height)
    throw codedError(
      'EVALUATION_MAP',
      `the mask has ${mask.width} × ${mask.height} pixels, its anomaly map ${width} × ${height}.`,
    )
}

const both = (a: StepSink, b: StepSink): StepSink => ({
  take: (steps) => {
    a.take(steps)
    b.take(steps)
  },
  end: (passed) => {
    a.end(passed)
    b.end(passed)
  },
})
