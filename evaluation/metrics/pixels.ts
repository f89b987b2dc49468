import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { codedError } from '../../errors/index.ts'
import { labelComponents } from '../../inspection/regions/index.ts'
import type { AnomalyMap, Mask } from '../../inspection/types.ts'
import { type Measured, measure } from './measure.ts'
import { referenceAupro } from './reference-aupro.ts'
import { type Runs, sortedRuns, type Weighted } from './runs.ts'
import type { Step, Totals } from './steps.ts'

export type Aupro = 'exact' | 'reference'

/** Collects maps and masks, any number of them in memory that does not grow. */
export interface PixelTally {
  /** @param mask of the map's size @throws EVALUATION_MAP */
  add(map: AnomalyMap, mask: Mask): void
  /** At the end, once. */
  measure(aupro: Aupro): Measured
  /** Removes what lies on the disk. */
  close(): void
}

/** Pixels that memory holds, of good and of anomalous ones each: 12 bytes, and as much again while they are sorted. */
const CAPACITY = 4_000_000

export interface TallyOptions {
  /** A folder for temporary files. */
  readonly folder: string
  readonly capacity?: number
}

export const startPixelTally = ({ folder, capacity = CAPACITY }: TallyOptions): PixelTally => {
  const own = mkdtempSync(join(folder, 'pixels-'))
  const good = sortedRuns(own, 'good', capacity)
  const anomalous = sortedRuns(own, 'anomalous', capacity)
  let totals: Totals = { positives: 0, negatives: 0, regions: 0 }
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

  const add = (map: AnomalyMap, mask: Mask): void => {
    check(map, mask)
    const { labels, sizes } = labelComponents(mask)
    for (let pixel = 0; pixel < map.data.length; pixel++) {
      const score = map.data[pixel]!
      if (score < lowest) lowest = score
      if (score > highest) highest = score
      const region = labels[pixel]!
      if (region === 0) good.push(score, 1)
      else anomalous.push(score, 1 / sizes[region]!)
    }
    totals = {
      positives: totals.positives + map.data.length - sizes[0]!,
      negatives: totals.negatives + sizes[0]!,
      regions: totals.regions + sizes.length - 1,
    }
  }

  return {
    add,
    measure: (aupro) => {
      const steps = stepsFrom(anomalous, good)
      if (aupro === 'exact') return measure(steps, totals)
      const reference = referenceAupro(totals, [lowest, highest])
      const measured = measure(reference.watch(steps), totals)
      return { ...measured, aupro: reference.area() }
    },
    close: () => {
      good.close()
      anomalous.close()
      rmSync(own, { recursive: true, force: true })
    },
  }
}

const check = ({ width, height, data }: AnomalyMap, mask: Mask): void => {
  if (data.length !== width * height)
    throw codedError('EVALUATION_MAP', `an anomaly map of ${width} × ${height} has ${data.length} values.`)
  if (mask.width !== width || mask.height !== height)
    throw codedError(
      'EVALUATION_MAP',
      `the mask has ${mask.width} × ${mask.height} pixels, its anomaly map ${width} × ${height}.`,
    )
  if (!data.every(Number.isFinite))
    throw codedError(
      'EVALUATION_MAP',
      'an anomaly map has values that are not finite numbers. Check the model with "anomalyclip info".',
    )
}

/** Both kinds together, each distinct score once. */
function* stepsFrom(anomalous: Runs, good: Runs): Generator<Step> {
  const [above, below] = [anomalous.descending(), good.descending()]
  let [positive, negative] = [above.next(), below.next()]
  while (!positive.done || !negative.done) {
    const score = Math.max(scoreOf(positive), scoreOf(negative))
    let [positives, negatives, overlap] = [0, 0, 0]
    for (; !positive.done && positive.value.score === score; positive = above.next()) {
      positives++
      overlap += positive.value.weight
    }
    for (; !negative.done && negative.value.score === score; negative = below.next()) negatives++
    yield { score, positives, negatives, overlap }
  }
}

const scoreOf = (found: IteratorResult<Weighted>): number =>
  found.done ? Number.NEGATIVE_INFINITY : found.value.score
