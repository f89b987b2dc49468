import type { Optimiser } from './optimiser.ts'

/** A parameter, and what its optimiser remembers of it. */
export interface LearntParameter {
  readonly value: Float32Array
  readonly moments: readonly Float32Array[]
}

/** All that is learnt, by name. */
export type Learnt = ReadonlyMap<string, LearntParameter>

/** Before the first step. */
export const newLearnt = (start: ReadonlyMap<string, Float32Array>, { moments }: Optimiser): Learnt =>
  new Map(
    [...start].map(([name, value]) => [
      name,
      {
        // Changed in place from now on.
        value: Float32Array.from(value),
        moments: Array.from({ length: moments }, () => new Float32Array(value.length)),
      },
    ]),
  )

export const valuesOf = (learnt: Learnt): ReadonlyMap<string, Float32Array> =>
  new Map([...learnt].map(([name, { value }]) => [name, value]))
