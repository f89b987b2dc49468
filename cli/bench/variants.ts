import type { Chosen } from '../evaluate/models.ts'

/** One way to run a model. */
export interface Variant {
  readonly model: Chosen
  /** Of one inference; 0 = one a core. */
  readonly threads: number
  /** Images of one inference. */
  readonly batch: number
}

export interface Axes {
  readonly batches: readonly number[]
  readonly threads: readonly number[]
}

/** Batches with as many threads as there are cores, then other numbers of threads with one image: no product of all with all. */
export const variantsOf = (models: readonly Chosen[], { batches, threads }: Axes): Variant[] =>
  models.flatMap((model) => [
    ...batches.map((batch) => ({ model, threads: 0, batch })),
    ...threads.filter((count) => count !== 0).map((count) => ({ model, threads: count, batch: 1 })),
  ])

/** One, half of the cores, and all. */
export const usualThreads = (cores: number): number[] =>
  [...new Set([1, cores >> 1])].filter((count) => count > 0 && count < cores)

export const threadsInWords = (threads: number): string => (threads === 0 ? 'all cores' : String(threads))
