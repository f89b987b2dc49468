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

const lowest = (count: number, by: (candidate: Candidate) => number) => {
  const kept: Candidate[] = []
  return {
    kept,
    see: (candidate: Candidate): void => {
      kept.push(candidate)
      kept.sort((a, b) => by(a) - by(b))
      kept.splice(count)
    },
  }
}
