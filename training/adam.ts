/** Where an optimiser stands with one parameter. */
export interface AdamMoments {
  readonly first: Float32Array
  readonly second: Float32Array
}

export interface AdamSettings {
  readonly learningRate: number
  /** Default: 0.5 and 0.999, as AnomalyCLIP was trained. */
  readonly betas?: readonly [number, number]
}

const EPSILON = 1e-8

/**
 * One step of Adam, in place. Source: Kingma & Ba, ICLR 2015, algorithm 1, as PyTorch has it.
 * @param step of this parameter, counted from 1
 */
export const adamStep = (
  parameter: Float32Array,
  gradient: Float32Array,
  { first, second }: AdamMoments,
  step: number,
  { learningRate, betas: [beta1, beta2] = [0.5, 0.999] }: AdamSettings,
): void => {
  const size = learningRate / (1 - beta1 ** step)
  const correction = Math.sqrt(1 - beta2 ** step)
  for (let i = 0; i < parameter.length; i++) {
    const slope = gradient[i]!
    first[i] = beta1 * first[i]! + (1 - beta1) * slope
    second[i] = beta2 * second[i]! + (1 - beta2) * slope * slope
    parameter[i]! -= (size * first[i]!) / (Math.sqrt(second[i]!) / correction + EPSILON)
  }
}
