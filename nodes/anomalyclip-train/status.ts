import type { Counts, KeptOffer, Progress } from '../../retraining/index.ts'
import type { NodeStatus } from '../wiring/index.ts'

/** Grey with all that was gathered, the held-out images among them. */
export const gatheredDot = (training: Counts, heldOut: Counts): NodeStatus => ({
  fill: 'grey',
  shape: 'dot',
  text: `good ${training.good + heldOut.good} bad ${training.bad + heldOut.bad}`,
})

/** Blue with the step, and how far it is: `epoch 3/15`, `features 40 %`, `build`, `compare 70 %`. */
export const progressDot = ({ step, text }: Progress): NodeStatus => {
  const [, epoch, epochs] = /^epoch (\d+) of (\d+)/.exec(text) ?? []
  const [, percent] = / {2}(\d+ %)/.exec(text) ?? []
  const words =
    epoch !== undefined
      ? `epoch ${epoch}/${epochs}`
      : `${step === 'train' ? 'features' : step} ${percent ?? ''}`
  return { fill: 'blue', shape: 'dot', text: words.trim() }
}

/** Green where a new model is better, yellow otherwise. */
export const offerDot = ({ verdict }: Pick<KeptOffer, 'verdict'>): NodeStatus => ({
  fill: verdict === 'better' ? 'green' : 'yellow',
  shape: 'ring',
  text: `offer: ${verdict}`,
})

export const inUseDot = (model: string): NodeStatus => ({ fill: 'green', shape: 'dot', text: model })

export const failedDot = (error: unknown): NodeStatus => ({
  fill: 'red',
  shape: 'ring',
  text: error instanceof Error && 'code' in error ? String(error.code) : 'failed',
})
