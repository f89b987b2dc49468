import { median } from 'd3-array'
import { messageOf } from '../../errors/index.ts'
import type { VariantRun } from './measure.ts'
import type { Variant } from './variants.ts'

/** A variant with all its runs; `failure` says why there are no more. */
export interface VariantResult {
  readonly variant: Variant
  readonly runs: readonly VariantRun[]
  readonly failure: string | null
}

/**
 * Measures all variants once a round, every second round in reverse order, so that none always comes after the same other one and
 * what slows the machine for a while slows all. A variant that fails (a batch that the memory is too small for) is not tried again.
 */
export const measureRounds = async (
  variants: readonly Variant[],
  rounds: number,
  measure: (variant: Variant) => Promise<VariantRun>,
  {
    signal,
    onRun,
  }: { readonly signal: AbortSignal; readonly onRun: (variant: Variant, done: number, of: number) => void },
): Promise<VariantResult[]> => {
  const results = variants.map((variant) => ({
    variant,
    runs: [] as VariantRun[],
    failure: null as string | null,
  }))
  let done = 0
  for (let round = 0; round < rounds; round++)
    for (const result of round % 2 === 0 ? results : results.toReversed()) {
      signal.throwIfAborted()
      onRun(result.variant, done, rounds * results.length)
      if (result.failure === null)
        try {
          result.runs.push(await measure(result.variant))
        } catch (error) {
          signal.throwIfAborted()
          result.failure = messageOf(error)
        }
      done += 1
    }
  return results
}

/** Of all runs; null where there is none. */
export const msAnImage = ({ runs }: Pick<VariantResult, 'runs'>): number | null =>
  median(runs.flatMap(({ inferMs }) => inferMs)) ?? null
