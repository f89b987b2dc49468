import type { AnomalyMap, Mask } from '../../inspection/types.ts'
import type { Sample } from '../datasets/index.ts'

/** An image with what is needed to show it. */
export interface Candidate {
  readonly sample: Sample
  readonly name: string
  readonly score: number
  readonly map: AnomalyMap
  readonly truth: Mask | null
}

export interface Worst {
  readonly misses: readonly Candidate[]
  readonly falseAlarms: readonly Candidate[]
}

/** Keeps of all that are seen the anomalous ones of the lowest scores and the good ones of the highest, `count` each: so many maps are in memory. */
export const keepWorst = (count: number) => {
  const misses = lowest(count, ({ score }) => score)
  const falseAlarms = lowest(count, ({ score }) => -score)
  return {
    see: (candidate: Candidate): void => (candidate.sample.label === 1 ? misses : falseAlarms).see(candidate),
    /** Worst first; of equal ones the one that was seen first. */
    worst: (): Worst => ({ misses: misses.kept, falseAlarms: falseAlarms.kept }),
  }
}

/** Few are kept, and for long: whoever shows them may do with his own what he likes. */
const copyOf = ({ map, truth, ...rest }: Candidate): Candidate => ({
  ...rest,
  map: { ...map, data: map.data.slice() },
  truth: truth && { ...truth, data: truth.data.slice() },
})

const lowest = (count: number, by: (candidate: Candidate) => number) => {
  const kept: Candidate[] = []
  return {
    kept,
    see: (candidate: Candidate): void => {
      const better = kept.findIndex((other) => by(other) > by(candidate))
      const place = better < 0 ? kept.length : better
      if (place >= count) return
      kept.splice(place, 0, copyOf(candidate))
      kept.splice(count)
    },
  }
}
