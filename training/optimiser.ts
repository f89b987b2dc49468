import { adamStep } from './adam.ts'
import { sgdStep } from './sgd.ts'

/** How a gradient changes what is learnt. */
export interface Optimiser {
  /** Arrays that it remembers of each parameter, of its size, zeros at first. */
  readonly moments: number
  /** In place. @param count of steps, this one counted in */
  readonly step: (
    parameter: Float32Array,
    gradient: Float32Array,
    moments: readonly Float32Array[],
    count: number,
  ) => void
}

/** As AnomalyCLIP was trained. */
export const adam = (learningRate: number): Optimiser => ({
  moments: 2,
  step: (parameter, gradient, [first, second], count) =>
    adamStep(parameter, gradient, { first: first!, second: second! }, count, { learningRate }),
})

/** As CoOp was trained, at a learning rate that stays. Source: its published configurations. */
export const sgd = (learningRate: number): Optimiser => ({
  moments: 1,
  step: (parameter, gradient, [velocity]) =>
    sgdStep(parameter, gradient, velocity!, { learningRate, momentum: 0.9, weightDecay: 5e-4 }),
})
