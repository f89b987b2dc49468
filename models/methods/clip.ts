import { ensembleFeatures, type PromptEnsemble } from './ensemble.ts'
import type { Method } from './method.ts'
import { WITHOUT_DPAM } from './without-dpam.ts'

const PROMPTS: PromptEnsemble = {
  states: { normal: ['a photo of a normal {}.'], abnormal: ['a photo of an anomalous {}.'] },
  templates: ['{}'],
  averaged: 'normalized',
}

/** CLIP as it is: two prompts, the unmodified vision tower. Source: the comparison of AnomalyCLIP's paper, whose figures these prompts give. */
export const plainClip: Method = {
  name: 'clip',
  needs: null,
  takesClassNames: true,
  ...WITHOUT_DPAM,
  textFeatures: (files, className) => ensembleFeatures(files, PROMPTS, className),
}
