import type { TrainingStepRun } from './cases/training-step.ts'
import { type Cell, figure, ratios, spread, table } from './figures.ts'
import type { Results } from './results.ts'

export const trainingSection = ({ loadBefore, steps, whole }: NonNullable<Results['training']>): string => {
  const { images, epochs, cachedMs, featuresMs, recomputedMs, peakMB } = whole
  const [{ threads, tokens, pyTorch }] = steps as [TrainingStepRun]
  const peer =
    pyTorch === null
      ? 'PyTorch was not there (Debian: python3-torch), so that there is nothing to hold it against.'
      : `PyTorch ${pyTorch.version} multiplies matrices with ${pyTorch.blas.join(', ')}; Debian's has a BLAS some ten times slower than OpenBLAS (libopenblas0-pthread) until that is installed.`
  const head = ['taps in the loss', 'ours, ms']
  const rows = steps.map(({ taps, rounds }): Cell[] => {
    const ours = rounds.map((round) => round.ours)
    if (pyTorch === null) return [taps, spread(ours)]
    const against = (what: 'whole' | 'short'): Cell[] => [
      spread(rounds.map((round) => round[what]!)),
      ...ratios(rounds.map((round) => ({ bare: round[what]!, other: round.ours }))),
    ]
    return [taps, spread(ours), ...against('whole'), ...against('short')]
  })
  const against = (tokensOfPeer: number) => [
    `PyTorch, ${tokensOfPeer} tokens, ms`,
    'ratio of medians',
    'median ratio of pairs',
  ]
  return `## Training

One step of AnomalyCLIP's prompts on ViT-L's text tower (random weights), features of 8 images at 518 px, ${threads} threads on either side: text features, losses, gradients
by what is learnt, Adam. PyTorch does what the published train.py does once the image features are there, with frozen towers; the losses of the first step are compared.
Ours computes ${tokens} tokens of a prompt, up to the end token of the longer one: attention is causal, so that the others change nothing. PyTorch is measured with
all 77, as published, and with ${tokens}, which compares the arithmetic alone. Aim: at most 1.2 × PyTorch with 77. ${peer} Load average before the run ${loadBefore}.

${table(pyTorch === null ? head : [...head, ...against(77), ...against(tokens)], rows)}

A whole \`anomalyclip train\` with one tap, ${images} images of 320 × 320, ${epochs} epochs, weights and images read and checkpoints written; and the same ${epochs} epochs with
the features computed in each of them, as published, after which the losses are the same. Both are measured from beginning to end, once. Aim: at least 8 × as fast.

${table(
  [
    'features once, s',
    'of it features',
    'features in every epoch, s',
    'times as fast',
    'peak memory with features once, MB',
  ],
  [
    [
      figure(cachedMs / 1000),
      figure(featuresMs / 1000),
      figure(recomputedMs / 1000),
      figure(recomputedMs / cachedMs),
      figure(peakMB),
    ],
  ],
)}`
}
