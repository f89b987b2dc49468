import { plain } from './images.ts'

export type Fault = 'exits' | 'killed' | 'hangs' | 'slow' | 'refusedInBatches' | 'throws' | 'notFinite'

/** Colours on which the stub process misbehaves. */
export const FAULTS: Record<Fault, readonly [number, number, number]> = {
  exits: [1, 2, 3],
  killed: [1, 2, 4],
  hangs: [1, 2, 5],
  slow: [1, 2, 6],
  refusedInBatches: [1, 2, 7],
  throws: [1, 2, 8],
  notFinite: [1, 2, 9],
}

/** An image on which the stub process does as named. */
export const faulty = (fault: Fault) => plain(...FAULTS[fault])
