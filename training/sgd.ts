export interface SgdSettings {
  readonly learningRate: number
  readonly momentum: number
  readonly weightDecay: number
}

/**
 * One step of stochastic gradient descent with momentum, in place. Source: Sutskever et al., ICML 2013, as PyTorch has it (no dampening, no
 * Nesterov): v ← μ v + g + λ p, p ← p − η v, where v begins as g + λ p.
 * @param velocity zeros before the first step
 */
export const sgdStep = (
  parameter: Float32Array,
  gradient: Float32Array,
  velocity: Float32Array,
  { learningRate, momentum, weightDecay }: SgdSettings,
): void => {
  for (let i = 0; i < parameter.length; i++) {
    velocity[i] = momentum * velocity[i]! + gradient[i]! + weightDecay * parameter[i]!
    parameter[i]! -= learningRate * velocity[i]!
  }
}
